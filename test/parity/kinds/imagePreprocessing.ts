// The kind `image_preprocessing`: decoding, resizing, cropping and normalising through vision's decoder and preparation.
import { augmentSchema, ImagePreparation, type Normalization, type RenderPlan } from '@tessera/vision';
import { sharpDecoder } from '@tessera/vision/node';
import { join } from 'node:path';
import { errorOf, samplePosition, type Check, type SummaryRecord } from '../records.js';
import { requireKind, requireKnownKeys, summarize, type Summary } from '../understood.js';

type Summaries = Readonly<Record<string, SummaryRecord | Readonly<Record<string, number>>>>;

interface ImageCase {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly rgb_bytes_fnv1a32: number;
  readonly resized_width_height: readonly [number, number];
  /** Pillow's: rounded to bytes before normalising. */
  readonly pil: Summaries;
  readonly tensor_antialias: Summaries;
  readonly tensor_no_antialias: Summaries;
}

interface ImageFixture {
  readonly normalize: Readonly<Record<string, Normalization>>;
  readonly images: readonly ImageCase[];
}

const fileKeys = ['kind', 'about', 'pixels', 'normalize', 'images'];
const caseKeys = [
  ...['file', 'width', 'height', 'rgb_bytes_fnv1a32', 'first_pixels', 'resized_width_height', 'crop_left_top'],
  ...['pil', 'tensor_antialias', 'tensor_no_antialias'],
];

/** Tolerance of `tensor_*`, as an error; of `pil`, in grey levels. */
const tensorTolerance = 1e-3;
const greyLevels = 1;

const unit: Normalization = { mean: [0, 0, 0], std: [1, 1, 1] };
const decoder = sharpDecoder();

/** Runs a preprocessing fixture whose pictures lie in `folder`. */
export async function imagePreprocessingChecks(given: unknown, folder: string): Promise<Check[]> {
  requireKind(given, 'image_preprocessing');
  const fixture = given as ImageFixture;
  requireKnownKeys(fixture, fileKeys, 'image_preprocessing');
  const checks: Check[] = [];
  for (const image of fixture.images) {
    requireKnownKeys(image, caseKeys, image.file);
    const path = join(folder, image.file);
    checks.push(await bytesCheck(image, path));
    for (const variant of ['tensor_antialias', 'tensor_no_antialias', 'pil'] as const) {
      for (const [name, want] of Object.entries(image[variant])) {
        if (!isSummary(want)) continue; // how far Pillow and tensors are apart: said for information
        checks.push(await valuesCheck({ image, path, variant, name, want, normalize: fixture.normalize }));
      }
    }
  }
  return checks;
}

/** Reads a file of this kind. */
export const checkImagePreprocessing = async (fixture: unknown, folder: string): Promise<Summary> =>
  summarize('image preprocessing', await imagePreprocessingChecks(fixture, folder));

const isSummary = (record: object): record is SummaryRecord => 'samples' in record;

function planFor(size: readonly [number, number], changes: Partial<RenderPlan>): RenderPlan {
  return {
    size,
    fit: 'stretch',
    resize: Math.max(...size),
    region: 'centre',
    interpolation: 'bilinear',
    antialias: true,
    background: [255, 255, 255],
    ...changes,
  };
}

/** The decoded pixels are the file's, byte by byte. */
async function bytesCheck({ file, width, height, rgb_bytes_fnv1a32: want }: ImageCase, path: string): Promise<Check> {
  const { data } = await decoder.decode(path, planFor([height, width], {}));
  const hash = data.reduce((state, byte) => Math.imul(state ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
  return { what: `${file} bytes`, error: hash === want ? 0 : Infinity, tolerance: 1 };
}

interface ValuesCase {
  readonly image: ImageCase;
  readonly path: string;
  readonly variant: 'pil' | 'tensor_antialias' | 'tensor_no_antialias';
  /** `cropped_unit_chw`, `normalized_imagenet_chw`, `resized_uint8_hwc`, … */
  readonly name: string;
  readonly want: SummaryRecord;
  readonly normalize: Readonly<Record<string, Normalization>>;
}

async function valuesCheck(values: ValuesCase): Promise<Check> {
  const { image, path, variant, name, want } = values;
  const [what, range, order] = /^(resized|cropped|normalized)_(\w+)_(hwc|chw)$/.exec(name)?.slice(1) ?? [];
  if (!what || !range || !order) throw new Error(`image_preprocessing: not understood: ${name}.`);
  const size = (order === 'hwc' ? want.shape.slice(0, 2) : want.shape.slice(1)) as [number, number];
  const plan = planFor(size, {
    antialias: variant !== 'tensor_no_antialias',
    ...(what !== 'resized' && { fit: 'crop', resize: Math.min(...image.resized_width_height) }),
  });
  const normalization = what === 'normalized' ? values.normalize[range] : unit;
  if (!normalization) throw new Error(`image_preprocessing: unknown normalisation ${range}.`);
  const preparation = new ImagePreparation(decoder, { plan, normalization, augment: augmentSchema.parse({}) });
  const { pixels } = await preparation.prepare(path, {});
  const label = `${image.file} ${variant} ${name}`;
  if (variant === 'pil') {
    const error = levelsApart(pixels, want, {
      order: order as 'hwc' | 'chw',
      std: normalization.std,
      bytes: range === 'uint8',
    });
    return { what: label, error, tolerance: greyLevels };
  }
  return {
    what: label,
    error: errorOf({ shape: want.shape, values: toChannelsFirst(pixels) }, want),
    tolerance: tensorTolerance,
  };
}

/** The largest difference at the samples of a picture that Pillow rounded, in grey levels. */
function levelsApart(
  pixels: Float32Array,
  { samples }: SummaryRecord,
  { order, std, bytes }: { order: 'hwc' | 'chw'; std: Normalization['std']; bytes: boolean },
): number {
  const values = order === 'chw' ? toChannelsFirst(pixels) : pixels;
  const differences = samples.map((sample, k) => {
    const position = samplePosition(k, values.length);
    const channel = order === 'chw' ? Math.floor(position / (values.length / 3)) : position % 3;
    const difference = Math.abs((values[position] ?? NaN) - (bytes ? sample / 255 : sample));
    return difference * (std[channel] ?? NaN) * 255;
  });
  return Math.max(...differences);
}

/** [H, W, 3] → [3, H, W]. */
function toChannelsFirst(pixels: Float32Array): Float32Array {
  const plane = pixels.length / 3;
  return pixels.map((_, i) => pixels[(i % plane) * 3 + Math.floor(i / plane)] ?? NaN);
}
