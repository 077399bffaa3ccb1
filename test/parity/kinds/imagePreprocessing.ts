// The kind `image_preprocessing`: decoding, resizing, cropping and normalising through vision's decoder and preparation.
// Compared for every picture: its size, all its pixels (by their hash) and the first ones; the size after resizing and
// where the crop lies; and every array of every variant: torchvision's on tensors by the usual error, Pillow's, which
// is rounded to bytes before it is normalised, in grey levels.
import { augmentSchema, ImagePreparation, type Normalization, type Picture, type RenderPlan } from '@tessera/vision';
import { sharpDecoder } from '@tessera/vision/node';
import { join } from 'node:path';
import { errorOf, samplePosition, statisticsOf, type Check, type SummaryRecord } from '../records.js';

type Summaries = Readonly<Record<string, SummaryRecord | Readonly<Record<string, number>>>>;

interface ImageCase {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly rgb_bytes_fnv1a32: number;
  readonly first_pixels: readonly (readonly number[])[];
  readonly resized_width_height: readonly [number, number];
  readonly crop_left_top: readonly [number, number];
  readonly pil: Summaries;
  readonly tensor_antialias: Summaries;
  readonly tensor_no_antialias: Summaries;
}

/** A file of this kind. */
export interface ImageFixture {
  readonly normalize: Readonly<Record<string, Normalization>>;
  readonly images: readonly ImageCase[];
}

type Variant = 'pil' | 'tensor_antialias' | 'tensor_no_antialias';
const variants: readonly Variant[] = ['tensor_antialias', 'tensor_no_antialias', 'pil'];

/** Tolerance of `tensor_*`, as an error; of `pil`, in grey levels; of what must be the same. */
const tensorTolerance = 1e-3;
const greyLevels = 1;
const exact = 0;

const unit: Normalization = { mean: [0, 0, 0], std: [1, 1, 1] };
const decoder = sharpDecoder();

/** Runs a preprocessing fixture whose pictures lie in `folder`. */
export async function imagePreprocessingChecks(fixture: ImageFixture, folder: string): Promise<Check[]> {
  const { normalize } = fixture;
  const checks: Check[] = [];
  for (const image of fixture.images) {
    const path = join(folder, image.file);
    checks.push(...(await decodingChecks(image, path)), ...(await placeChecks(image, path)));
    for (const variant of variants) {
      for (const [name, want] of Object.entries(image[variant])) {
        if (isSummary(want)) checks.push(await valuesCheck({ image, path, variant, name, want, normalize }));
      }
    }
  }
  return checks;
}

const isSummary = (record: object): record is SummaryRecord => 'samples' in record;

const planFor = (size: readonly [number, number], changes: Partial<RenderPlan> = {}): RenderPlan => ({
  size,
  fit: 'stretch',
  resize: Math.max(...size),
  region: 'centre',
  interpolation: 'bilinear',
  antialias: true,
  background: [255, 255, 255],
  ...changes,
});

const isExactly = (what: string, got: readonly unknown[], want: readonly unknown[]): Check => ({
  what,
  error: JSON.stringify(got) === JSON.stringify(want) ? 0 : Infinity,
  tolerance: exact,
});

/** Size and pixels as the file has them, byte by byte. */
async function decodingChecks(image: ImageCase, path: string): Promise<Check[]> {
  const { file, first_pixels: first, width, height, rgb_bytes_fnv1a32: want } = image;
  const info = await decoder.inspect(path);
  const { data } = await decoder.decode(path, planFor([height, width]));
  const hash = data.reduce((state, byte) => Math.imul(state ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
  return [
    isExactly(`${file} size`, [info.width, info.height], [width, height]),
    isExactly(`${file} bytes`, [hash], [want]),
    isExactly(`${file} first pixels`, [...data.slice(0, first.length * 3)], first.flat()),
  ];
}

/** The resized picture's size, and that the crop is its part from `crop_left_top`. */
async function placeChecks(image: ImageCase, path: string): Promise<Check[]> {
  const {
    file,
    resized_width_height: [width, height],
    crop_left_top: place,
  } = image;
  const cropped = Object.entries(image.pil).find(([name, record]) => name.startsWith('cropped') && isSummary(record));
  if (!cropped) return [];
  const size = sizeOf(cropped[0], cropped[1] as SummaryRecord);
  const crop: Partial<RenderPlan> = { fit: 'crop', resize: Math.min(width, height) };
  const whole = await decoder.decode(path, planFor(size, { ...crop, region: 'whole' }));
  const centre = await decoder.decode(path, planFor(size, crop));
  return [
    isExactly(`${file} resized size`, [whole.width, whole.height], [width, height]),
    { what: `${file} place of the crop`, error: differenceAt(whole, centre, place), tolerance: 1e-3 },
  ];
}

/** The largest difference between a crop and the part of a picture from `left`, `top`, in grey levels. */
function differenceAt(whole: Picture, crop: Picture, [left, top]: readonly [number, number]): number {
  let largest = 0;
  for (let row = 0; row < crop.height; row++) {
    for (let i = 0; i < crop.width * 3; i++) {
      const there = whole.data[((row + top) * whole.width + left) * 3 + i] ?? Infinity;
      largest = Math.max(largest, Math.abs(there - (crop.data[row * crop.width * 3 + i] ?? NaN)));
    }
  }
  return largest;
}

interface ValuesCase {
  readonly image: ImageCase;
  readonly path: string;
  readonly variant: Variant;
  /** `cropped_unit_chw`, `normalized_imagenet_chw`, `resized_uint8_hwc`, … */
  readonly name: string;
  readonly want: SummaryRecord;
  readonly normalize: Readonly<Record<string, Normalization>>;
}

/** Height and width of an array whose name ends in its layout. */
const sizeOf = (name: string, { shape }: SummaryRecord): [number, number] =>
  (name.endsWith('_hwc') ? shape.slice(0, 2) : shape.slice(1)) as [number, number];

async function valuesCheck(values: ValuesCase): Promise<Check> {
  const { image, path, variant, name, want } = values;
  const [what, range = '', order] = /^(resized|cropped|normalized)_(\w+)_(hwc|chw)$/.exec(name)?.slice(1) ?? [];
  const normalization = what === 'normalized' ? values.normalize[range] : unit;
  if (!what || !normalization) throw new Error(`not understood: array "${name}".`);
  const plan = planFor(sizeOf(name, want), {
    antialias: variant !== 'tensor_no_antialias',
    ...(what !== 'resized' && { fit: 'crop', resize: Math.min(...image.resized_width_height) }),
  });
  const preparation = new ImagePreparation(decoder, { plan, normalization, augment: augmentSchema.parse({}) });
  const { pixels } = await preparation.prepare(path, {});
  const got = { shape: want.shape, values: order === 'chw' ? toChannelsFirst(pixels) : pixels };
  const label = `${image.file} ${variant} ${name}`;
  if (variant !== 'pil') return { what: label, error: errorOf(got, want), tolerance: tensorTolerance };
  const levels = range === 'uint8' ? { ...got, values: got.values.map((value) => value * 255) } : got;
  const std = normalization.std.map((value) => (range === 'uint8' ? 1 : value * 255));
  return { what: label, error: levelsApart(levels.values, want, { order, std }), tolerance: greyLevels };
}

/**
 * The largest difference of samples, mean, standard deviation and root mean square from a picture that Pillow rounded,
 * in grey levels. `std`: levels in one unit of each channel.
 */
function levelsApart(
  values: Float32Array,
  want: SummaryRecord,
  { order, std }: { order: string | undefined; std: readonly number[] },
): number {
  const n = values.length;
  const channelAt = (position: number): number => (order === 'chw' ? Math.floor(position / (n / 3)) : position % 3);
  const samples = want.samples.map((sample, k) => {
    const position = samplePosition(k, n);
    return Math.abs((values[position] ?? NaN) - sample) * (std[channelAt(position)] ?? NaN);
  });
  const { mean, std: deviation, l2 } = statisticsOf(values);
  const levels = 3 / std.reduce((sum, value) => sum + 1 / value, 0); // a level in every channel moves the mean by 1 / levels
  const figures = [mean - want.mean, deviation - want.std, (l2 - want.l2) / Math.sqrt(n)];
  return Math.max(...samples, ...figures.map((difference) => Math.abs(difference) * levels));
}

/** [H, W, 3] → [3, H, W]. */
function toChannelsFirst(pixels: Float32Array): Float32Array {
  const plane = pixels.length / 3;
  return pixels.map((_, i) => pixels[(i % plane) * 3 + Math.floor(i / plane)] ?? NaN);
}
