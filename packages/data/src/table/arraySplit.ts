import { DataError, type Sample, type Split } from '@tessera/core';

/** A split over samples in memory. */
export function arraySplit(name: string, origin: string, samples: readonly Sample[]): Split {
  return {
    name,
    origin,
    length: samples.length,
    sample(index) {
      const sample = samples[index];
      if (!sample) {
        throw new DataError(`${origin}: a sample's index must be from 0 to ${samples.length - 1}, got index=${index}.`);
      }
      return sample;
    },
  };
}
