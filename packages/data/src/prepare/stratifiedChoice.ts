import { sha256 } from '../sha256.js';

/** How rows are chosen. */
export interface StratifiedChoice<TRow> {
  /** How many. */
  readonly count: number;
  readonly seed: number;
  readonly idOf: (row: TRow) => string;
  readonly classOf: (row: TRow) => string;
}

/**
 * Chooses `count` rows, of each class its share (largest remainders first). Which ones depends on the seed and the rows'
 * ids alone, not on their order: neither files listed in another order nor rows added to other classes change much.
 */
export function stratifiedChoice<TRow>(rows: readonly TRow[], choice: StratifiedChoice<TRow>): Set<TRow> {
  const { count, seed, idOf, classOf } = choice;
  const classes = new Map<string, TRow[]>();
  for (const row of rows) {
    const name = classOf(row);
    const members = classes.get(name);
    if (members) members.push(row);
    else classes.set(name, [row]);
  }
  const quotas = shares(
    [...classes].map(([name, members]) => ({ name, size: members.length })),
    count,
    rows.length,
  );
  const chosen = new Set<TRow>();
  for (const [name, members] of classes) {
    const keyed = members.map((row) => ({ row, key: keyOf(seed, idOf(row)) }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const { row } of keyed.slice(0, quotas.get(name))) chosen.add(row);
  }
  return chosen;
}

/** A row's place in a shuffled order. */
const keyOf = (seed: number, id: string): string => sha256(`${seed}:${id}`);

/** Whole numbers that sum to `count`, in proportion to the sizes. */
function shares(
  classes: readonly { readonly name: string; readonly size: number }[],
  count: number,
  total: number,
): Map<string, number> {
  const exact = classes.map(({ name, size }) => ({ name, share: total === 0 ? 0 : (count * size) / total }));
  const quotas = new Map(exact.map(({ name, share }) => [name, Math.floor(share)]));
  let left = count - [...quotas.values()].reduce((sum, quota) => sum + quota, 0);
  const byRemainder = [...exact].sort((a, b) => {
    const difference = (b.share % 1) - (a.share % 1);
    return difference === 0 ? (a.name < b.name ? -1 : 1) : difference;
  });
  for (const { name } of byRemainder) {
    if (left <= 0) break;
    quotas.set(name, (quotas.get(name) ?? 0) + 1);
    left -= 1;
  }
  return quotas;
}
