import { DataError, type Assets, type FitSource, SpecError } from '@tessera/core';
import type { ImageDecoder } from '../picture/imageDecoder.js';
import type { RawImage } from '../picture/rawImage.js';
import type { RenderPlan } from '../picture/renderPlan.js';

/** One value for each of red, green and blue. */
export type PerChannel = readonly [red: number, green: number, blue: number];

/** What is subtracted from pixels in [0, 1], and what they are then divided by. */
export interface Normalization {
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/** Normalisations by name: torchvision's for its ImageNet weights, and the one MMBT's authors use. */
export const normalizations = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  mmbt: { mean: [0.46777044, 0.44531429, 0.40661017], std: [0.12221994, 0.12145835, 0.14380469] },
} as const satisfies Readonly<Record<string, Normalization>>;

/** The asset that keeps a normalisation learned from the training pictures. */
export const normalizationFile = 'normalization.json';

/** Training pictures looked at: more change the figures by less than a grey level. */
const mostPictures = 5000;

/** What a spec says of normalisation. */
export type NormalizationChoice = keyof typeof normalizations | 'dataset' | Normalization;

/** The normalisation in use. Throws SpecError when it is the dataset's and `assets` lacks it. */
export function resolveNormalization(choice: NormalizationChoice, assets: Assets, path: string): Normalization {
  if (typeof choice === 'object') return choice;
  if (choice !== 'dataset') return normalizations[choice];
  const learned = assets[normalizationFile];
  if (learned === undefined) throw missingData(path);
  return JSON.parse(learned) as Normalization;
}

/**
 * Mean and standard deviation of the training pictures, each counted once, after resizing. Of more than 5,000 samples
 * an even selection is taken.
 * @throws SpecError without training data; DataError when there is no picture or one cannot be decoded
 */
export async function fitNormalization(
  decoder: ImageDecoder | undefined,
  plan: RenderPlan,
  source: FitSource,
): Promise<Assets> {
  if (!decoder || !source.values) throw missingData(source.path);
  const pictures = evenly([...new Set(source.values as Iterable<RawImage>)], mostPictures);
  const sums = new Float64Array(6);
  let pixels = 0;
  const chunk = 16; // as many wait for the decoder at a time
  for (let start = 0; start < pictures.length; start += chunk) {
    const decoded = await Promise.all(pictures.slice(start, start + chunk).map((raw) => decoder.decode(raw, plan)));
    for (const { data } of decoded) {
      addMoments(data, sums);
      pixels += data.length / 3;
    }
  }
  if (pixels === 0) {
    throw new DataError(
      `${source.path}.input.normalize: "dataset" needs training pictures, got none. Use imagenet, or give mean and std.`,
    );
  }
  return { [normalizationFile]: JSON.stringify(fromMoments(sums, pixels)) };
}

function missingData(path: string): SpecError {
  return new SpecError([
    {
      path: `${path}.input.normalize`,
      message:
        'learns from training pictures, got "dataset" without any; frames of a video are none. Use imagenet or mmbt, give mean and std, or build with training data that has pictures.',
    },
  ]);
}

const evenly = <T>(items: readonly T[], most: number): T[] =>
  items.length <= most
    ? [...items]
    : Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)] as T);

/** Adds each channel's sum and sum of squares, in grey levels. */
function addMoments(data: Float32Array, sums: Float64Array): void {
  for (let channel = 0; channel < 3; channel++) {
    let [sum, squares] = [0, 0];
    for (let i = channel; i < data.length; i += 3) {
      const value = data[i] as number;
      sum += value;
      squares += value * value;
    }
    sums[channel] = (sums[channel] as number) + sum;
    sums[channel + 3] = (sums[channel + 3] as number) + squares;
  }
}

function fromMoments(sums: Float64Array, pixels: number): Normalization {
  const mean = [0, 1, 2].map((channel) => (sums[channel] as number) / pixels);
  const std = [0, 1, 2].map((channel) => {
    const variance = (sums[channel + 3] as number) / pixels - (mean[channel] as number) ** 2;
    return Math.sqrt(Math.max(variance, 1)); // at least one grey level, should all pictures be of one colour
  });
  const unit = (levels: readonly number[]): PerChannel => levels.map((level) => level / 255) as unknown as PerChannel;
  return { mean: unit(mean), std: unit(std) };
}
