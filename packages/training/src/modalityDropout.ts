import { RandomSource } from '@tessera/core';

/** Draws which samples of a batch lose which modality; a sample never loses all of them. */
export function drawMasks(
  size: number,
  shares: Readonly<Record<string, number>>,
  seed: string,
): Record<string, Set<number>> {
  const random = new RandomSource(seed);
  const masks: Record<string, Set<number>> = {};
  for (const [modality, share] of Object.entries(shares)) {
    const masked = new Set<number>();
    for (let i = 0; i < size; i++) if (random.uniform() < share) masked.add(i);
    masks[modality] = masked;
  }
  return masks;
}
