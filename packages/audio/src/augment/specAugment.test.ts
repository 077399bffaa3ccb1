import { RandomSource } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { changesAnything, specAugment } from './specAugment.js';
import { specAugmentSchema } from './specAugmentSchema.js';

const [numFrames, melBins] = [60, 20];
/** Values that tell frame and bin, with silence behind 40 frames of sound. */
const features = Float32Array.from({ length: numFrames * melBins }, (_, i) =>
  i < 40 * melBins ? 1 + (i % 97) / 97 : -1,
);
const mean = Math.fround(features.reduce((sum, value) => sum + value, 0) / features.length);
const spectrogram = { features, melBins, numFrames: 40 };
const augment = (options: object, seed = 1): Float32Array =>
  specAugment(spectrogram, specAugmentSchema.parse(options), new RandomSource(seed));
const rows = (values: Float32Array) =>
  Array.from({ length: numFrames }, (_, t) => values.subarray(t * melBins, (t + 1) * melBins));
const isHidden = (values: Float32Array): boolean => values.every((value) => Math.abs(value - mean) < 1e-6);
const hiddenBins = (values: Float32Array): number[] =>
  Array.from({ length: melBins }, (_, bin) => bin).filter((bin) =>
    isHidden(values.filter((_, i) => i % melBins === bin)),
  );

describe('specAugment', () => {
  it('hides whole bands of frequencies, no wider than said', () => {
    const found = [1, 2, 3, 4, 5, 6].map((seed) =>
      hiddenBins(augment({ frequencyMasks: { count: 1, width: 5 } }, seed)),
    );
    expect(Math.max(...found.map((bins) => bins.length))).toBeGreaterThan(0);
    for (const bins of found) {
      expect(bins.length).toBeLessThanOrEqual(5);
      expect(bins).toEqual(bins.map((_, i) => (bins[0] ?? 0) + i));
    }
  });

  it('hides stretches of time within the sound, no longer than its share', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const hidden = rows(augment({ timeMasks: { count: 1, seconds: 30, share: 0.25 } }, seed)).map(isHidden);
      expect(hidden.filter(Boolean).length).toBeLessThanOrEqual(10);
      expect(hidden.slice(40)).not.toContain(true);
    }
    expect(rows(augment({ timeMasks: { count: 3, share: 0.5 } })).some(isHidden)).toBe(true);
  });

  it('moves the sound and fills with silence', () => {
    const moves = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const moved = rows(augment({ shift: 0.1 }, seed));
      const by = Array.from({ length: 21 }, (_, i) => i - 10).find((frames) =>
        moved.slice(10, 30).every((row, i) => row.join() === (rows(features)[10 + i - frames] ?? []).join()),
      );
      if (by !== undefined && by > 0) expect(moved.slice(0, by).flatMap((row) => [...row])).not.toContain(1);
      return by;
    });
    expect(moves).not.toContain(undefined);
    expect(new Set(moves).size).toBeGreaterThan(3);
  });

  it('is a function of its seed, and leaves what it is given', () => {
    const before = features.slice();
    const options = { frequencyMasks: {}, timeMasks: {}, shift: 0.2 };
    expect(augment(options, 3)).toEqual(augment(options, 3));
    expect(augment(options, 3)).not.toEqual(augment(options, 4));
    expect(features).toEqual(before);
  });

  it('changes nothing by default', () => {
    expect(changesAnything(specAugmentSchema.parse({}))).toBe(false);
    expect(changesAnything(specAugmentSchema.parse({ timeMasks: { count: 0 } }))).toBe(false);
    expect(changesAnything(specAugmentSchema.parse({ shift: 0.1 }))).toBe(true);
  });
});
