import type { NativeBinding, TensorMetadata } from './nativeBackend.js';

/** An encoded picture, its size in pixels as its header tells it. */
export interface EncodedPicture {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Outputs along one axis as weighted sums of inputs: the first input of each, how many, weights from `i * stride`. */
export interface AxisFilter {
  readonly count: number;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly weights: Float32Array;
  readonly stride: number;
}

/**
 * Decodes a JPEG by libjpeg-turbo and filters its rows and columns, on another thread. Gives RGB from 0 to 255, row by row.
 * Rejects for what is no sound JPEG of that size.
 */
export type PictureRenderer = (jpeg: EncodedPicture, rows: AxisFilter, columns: AxisFilter) => Promise<Float32Array>;

/** Renders by TensorFlow's libjpeg-turbo, see native/picture.cc. */
export const nativePictures =
  (binding: NativeBinding): PictureRenderer =>
  async ({ bytes, width, height }, rows, columns) => {
    const integers = (values: Int32Array): number => binding.createTensor([values.length], binding.TF_INT32, values);
    const filter = ({ count, starts, lengths, weights }: AxisFilter): number[] => {
      const places = new Int32Array(2 * count);
      places.set(starts);
      places.set(lengths, count);
      return [integers(places), binding.createTensor([weights.length], binding.TF_FLOAT, weights)];
    };
    const inputs = [
      binding.createTensor([bytes.length], binding.TF_UINT8, bytes),
      integers(Int32Array.of(height, width)),
      ...filter(rows),
      ...filter(columns),
    ];
    try {
      const [made] = (await binding.functionCall('TesseraPicture', inputs, 1)) as [TensorMetadata];
      const values = binding.tensorDataSync(made.id) as Float32Array;
      binding.deleteTensor(made.id);
      return values;
    } finally {
      for (const id of inputs) binding.deleteTensor(id);
    }
  };
