import { RandomSource, type PreparedSample, type Split } from '@tessera/core';

type Shares = Readonly<Record<string, number>>;

/**
 * Draws which samples lose which modality, by modality as positions in `samples`. A sample never loses all that it has:
 * where the draws would leave it nothing, one of its modalities stays, each with equal chance. What is drawn for a sample
 * depends on `seed` and its id only, not on its batch.
 */
export function drawAbsent(
  samples: readonly PreparedSample[],
  shares: Shares,
  seed: string,
): Record<string, Set<number>> {
  const absent = Object.fromEntries(Object.keys(shares).map((modality) => [modality, new Set<number>()]));
  samples.forEach(({ id, inputs }, position) => {
    const random = new RandomSource(`mask:${seed}:${id}`);
    const drawn = Object.entries(shares).flatMap(([modality, share]) => (random.uniform() < share ? [modality] : []));
    const had = Object.keys(inputs);
    const kept = had.every((modality) => drawn.includes(modality)) ? had[random.integer(had.length)] : undefined;
    for (const modality of drawn) if (modality !== kept) absent[modality]?.add(position);
  });
  return absent;
}

/** The modalities that a sample of this training may lack: those that are dropped, and those that some sample has not. */
export function lackableModalities(modalities: Iterable<string>, split: Split, shares: Shares): Set<string> {
  const complete = new Set([...modalities].filter((modality) => (shares[modality] ?? 0) === 0));
  const lackable = new Set([...modalities].filter((modality) => !complete.has(modality)));
  for (let index = 0; index < split.length && complete.size > 0; index++) {
    const { inputs } = split.sample(index);
    for (const modality of complete) {
      if (inputs[modality] !== undefined && inputs[modality] !== null) continue;
      complete.delete(modality);
      lackable.add(modality);
    }
  }
  return lackable;
}
