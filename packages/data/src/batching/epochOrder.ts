import { RandomSource, type Split } from '@tessera/core';

/** Which epoch's order is asked for. */
export interface EpochOptions {
  readonly seed: number;
  /** From 0. */
  readonly epoch: number;
  /** False: every sample once, in the order of the data, groups left aside. True if left out. */
  readonly shuffle?: boolean;
}

/**
 * The samples of one epoch, by index: a function of seed and epoch alone. Of samples with the same group one is taken;
 * a group of k samples gives each of them once in every k epochs, in random order.
 */
export function epochOrder(split: Split, { seed, epoch, shuffle = true }: EpochOptions): number[] {
  if (!shuffle) return Array.from({ length: split.length }, (_, index) => index);
  const single: number[] = [];
  const groups = new Map<string, number[]>();
  for (let index = 0; index < split.length; index++) {
    const { group } = split.sample(index);
    const members = group === undefined ? single : groups.get(group);
    if (members) members.push(index);
    else if (group !== undefined) groups.set(group, [index]);
  }
  const drawn = [...groups].map(([group, members]) => drawMember(group, members, seed, epoch));
  return new RandomSource(`order:${seed}:${epoch}`).shuffled([...single, ...drawn]);
}

function drawMember(group: string, members: readonly number[], seed: number, epoch: number): number {
  const round = Math.floor(epoch / members.length);
  const order = members.length === 1 ? members : new RandomSource(`group:${seed}:${round}:${group}`).shuffled(members);
  return order[epoch % members.length] as number;
}
