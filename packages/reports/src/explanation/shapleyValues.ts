// Shapley values (Shapley 1953, A value for n-person games), exactly: over every subset of the players. C values each.

/**
 * What each player adds to a game's values, averaged over every order in which the players may arrive. Those of all
 * players sum to the value of all minus the value of none.
 * @param values - [2^n] of C values each: those of the subset in which bit i stands for player i
 * @returns [n] of C values each
 */
export function shapleyValues(numPlayers: number, values: readonly ArrayLike<number>[]): number[][] {
  if (values.length !== 2 ** numPlayers) {
    throw new RangeError(
      `shapleyValues: needs the values of every subset, ${2 ** numPlayers} of them, got values.length=${values.length}. Give one for each.`,
    );
  }
  const weights = weightsBySize(numPlayers);
  return Array.from({ length: numPlayers }, (_, player) => {
    const contribution = Array.from<number>({ length: values[0]?.length ?? 0 }).fill(0);
    for (let subset = 0; subset < values.length; subset++) {
      if (subset & (1 << player)) continue;
      const [without, joined] = [values[subset] ?? [], values[subset | (1 << player)] ?? []];
      const weight = weights[sizeOf(subset)] ?? 0;
      contribution.forEach((sum, c) => (contribution[c] = sum + weight * ((joined[c] ?? 0) - (without[c] ?? 0))));
    }
    return contribution;
  });
}

/** By size of a subset s: the share of orders in which exactly it stands before a given player, s! (n − s − 1)! / n!. */
function weightsBySize(numPlayers: number): number[] {
  const weights = [1 / numPlayers];
  for (let size = 1; size < numPlayers; size++) weights.push(((weights[size - 1] ?? 0) * size) / (numPlayers - size));
  return weights;
}

function sizeOf(subset: number): number {
  let size = 0;
  for (let rest = subset; rest > 0; rest >>= 1) size += rest & 1;
  return size;
}
