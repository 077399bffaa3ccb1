/**
 * Shortens two rows until both together have at most `limit` entries, always the longer one by its last entry, the
 * second where they are equal. Source: google-research/bert, run_classifier.py, `_truncate_seq_pair`.
 */
export function truncatePair(
  first: readonly number[],
  second: readonly number[],
  limit: number,
): [first: readonly number[], second: readonly number[]] {
  let [one, two] = [first.length, second.length];
  while (one + two > limit) {
    if (one > two) one -= 1;
    else two -= 1;
  }
  return [first.slice(0, one), second.slice(0, two)];
}
