// SpecAugment without time warping, which its authors found to matter least. T frames, M mel bins.
import type { RandomSource } from '@tessera/core';
import { logMelSizes } from '../features/logMel.js';
import type { SpecAugmentOptions } from './specAugmentSchema.js';

/** A spectrogram [T, M] and how many of its frames are of the sound rather than of the silence behind it. */
export interface Spectrogram {
  readonly features: Float32Array;
  readonly melBins: number;
  readonly numFrames: number;
}

/** Whether anything is changed at all. */
export const changesAnything = ({ frequencyMasks, timeMasks, shift }: SpecAugmentOptions): boolean =>
  (frequencyMasks?.count ?? 0) > 0 || (timeMasks?.count ?? 0) > 0 || shift > 0;

/** A changed copy. What is hidden gets the spectrogram's mean; what a shift leaves free, its least value: silence. */
export function specAugment(given: Spectrogram, options: SpecAugmentOptions, random: RandomSource): Float32Array {
  const { features, melBins, numFrames } = given;
  const { frequencyMasks, timeMasks, shift } = options;
  const { framesPerSecond } = logMelSizes;
  const mean = features.reduce((sum, value) => sum + value, 0) / features.length;
  const changed = features.slice();
  for (let i = 0; i < (timeMasks?.count ?? 0); i++) {
    const most = Math.min((timeMasks?.seconds ?? 0) * framesPerSecond, (timeMasks?.share ?? 0) * numFrames);
    const [start, length] = drawSpan(random, numFrames, most);
    changed.fill(mean, start * melBins, (start + length) * melBins);
  }
  for (let i = 0; i < (frequencyMasks?.count ?? 0); i++) {
    const [start, length] = drawSpan(random, melBins, frequencyMasks?.width ?? 0);
    for (let row = 0; row < changed.length; row += melBins) changed.fill(mean, row + start, row + start + length);
  }
  if (shift === 0) return changed;
  const frames = Math.round((2 * random.uniform() - 1) * shift * framesPerSecond);
  return moved(changed, frames * melBins, features);
}

/** A span of up to `most` of `size` places. */
function drawSpan(random: RandomSource, size: number, most: number): [start: number, length: number] {
  const length = Math.min(size, random.integer(Math.floor(most) + 1));
  return [random.integer(size - length + 1), length];
}

/** Values `by` places later, or earlier where that is negative. */
function moved(values: Float32Array, by: number, { length }: Float32Array): Float32Array {
  const silence = values.reduce((least, value) => Math.min(least, value), Infinity);
  const result = new Float32Array(length).fill(silence);
  if (Math.abs(by) < length)
    result.set(by < 0 ? values.subarray(-by) : values.subarray(0, length - by), Math.max(0, by));
  return result;
}
