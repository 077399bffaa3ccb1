// Everything an image encoder does before tensors. Shapes: B batch, H and W size of what the encoder sees.
import { BatchMemory, ShapeError, RandomSource, type PrepareOptions, type Preview } from '@tessera/core';
import { tensor2d, tensor4d, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { applyAugmentation, normalizeWindow, type PixelWindow } from '../augment/applyAugmentation.js';
import type { AugmentOptions } from '../augment/augmentSchema.js';
import { drawAugmentation } from '../augment/drawAugmentation.js';
import type { ImageDecoder } from '../picture/imageDecoder.js';
import type { RawImage } from '../picture/rawImage.js';
import { roundHalfEven, type Picture, type RenderPlan } from '../picture/renderPlan.js';
import type { Normalization } from './normalization.js';

/** A picture ready for the encoder: [H · W · 3], normalised, row by row. */
export interface PreparedImage {
  readonly pixels: Float32Array;
  /** Number of values. */
  readonly length: number;
  /** Writes `pixels` into a batch. */
  writeTo(values: Float32Array): void;
}

/** A batch of pictures. */
export interface ImageBatch {
  /** [B, H, W, 3] float32; zeros where a picture is absent. */
  readonly images: Tensor4D;
  /** [B, 1] float32: 1 where there is a picture. */
  readonly present: Tensor2D;
  readonly [name: string]: Tensor4D | Tensor2D;
}

/** What an {@link ImagePreparation} goes by. */
export interface ImagePreparationOptions {
  readonly plan: RenderPlan;
  readonly normalization: Normalization;
  readonly augment: AugmentOptions;
}

/** Decodes, resizes, augments and normalises pictures and joins them to batches: what all image encoders share. */
export class ImagePreparation {
  private readonly length: number;
  private readonly memory = new BatchMemory();

  constructor(
    private readonly decoder: ImageDecoder,
    private readonly options: ImagePreparationOptions,
  ) {
    const [height, width] = options.plan.size;
    this.length = height * width * 3;
  }

  /** Reads a picture's header. Throws DataError as {@link ImageDecoder.inspect}. */
  async check(raw: RawImage): Promise<void> {
    await this.decoder.inspect(raw);
  }

  /** A picture as the encoder takes it; augmented when a seed is given. Throws DataError. */
  async prepare(raw: RawImage, { augmentationSeed }: PrepareOptions): Promise<PreparedImage> {
    const { plan, normalization, augment } = this.options;
    const picture = await this.decoder.decode(raw, plan);
    const window = this.centreOf(picture);
    if (augmentationSeed === undefined) return new NormalizedWindow(picture, window, normalization);
    const draw = drawAugmentation(new RandomSource(augmentationSeed), augment, picture, window);
    return computedImage(applyAugmentation(picture, draw, plan.size, normalization));
  }

  /** Joins a batch; an absent picture gives zeros. */
  collate(items: readonly (PreparedImage | undefined)[]): ImageBatch {
    const [height, width] = this.options.plan.size;
    const values = this.memory.take(items.length * this.length);
    items.forEach((item, i) => {
      const place = values.subarray(i * this.length, (i + 1) * this.length);
      if (!item) return void place.fill(0);
      const { length } = item;
      if (length !== this.length) {
        throw new ShapeError(
          `ImagePreparation: a picture must have ${height}·${width}·3=${this.length} values, got ${length}. Prepare it with this encoder.`,
        );
      }
      item.writeTo(place);
    });
    const present = Float32Array.from(items, (item) => (item ? 1 : 0));
    return {
      images: tensor4d(values, [items.length, height, width, 3]),
      present: tensor2d(present, [items.length, 1]),
    };
  }

  /** What the encoder sees of a picture, before normalisation, enlarged to at least 128 pixels: a PNG. */
  async preview(raw: RawImage): Promise<Preview> {
    const { plan } = this.options;
    const factor = Math.max(1, Math.ceil(128 / Math.max(...plan.size)));
    const size = [plan.size[0] * factor, plan.size[1] * factor] as const;
    const picture = await this.decoder.decode(raw, { ...plan, size, resize: plan.resize * factor, region: 'centre' });
    return { kind: 'image', mime: 'image/png', bytes: await this.decoder.encodePng(picture) };
  }

  private centreOf({ height, width }: Picture): { top: number; left: number; height: number; width: number } {
    const [h, w] = this.options.plan.size;
    return { top: roundHalfEven((height - h) / 2), left: roundHalfEven((width - w) / 2), height: h, width: w };
  }
}

/** A part of a picture that is normalised when a batch is made: arrays between cost more than what is computed. */
class NormalizedWindow implements PreparedImage {
  readonly length: number;

  constructor(
    private readonly picture: Picture,
    private readonly window: PixelWindow,
    private readonly normalization: Normalization,
  ) {
    this.length = window.height * window.width * 3;
  }

  get pixels(): Float32Array {
    return normalizeWindow(this.picture, this.window, this.normalization);
  }

  writeTo(values: Float32Array): void {
    normalizeWindow(this.picture, this.window, this.normalization, values);
  }
}

const computedImage = (pixels: Float32Array): PreparedImage => ({
  pixels,
  length: pixels.length,
  writeTo: (values) => {
    values.set(pixels);
  },
});
