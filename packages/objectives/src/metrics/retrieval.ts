// Figures of how well one side of a pair finds the other. n samples, C = 2P outputs, P numbers of an embedding.
import { at, meanOver, type ScoreTable } from './tables.js';

/** From the pair's first side to its second, or the other way round. */
export type Direction = 'forward' | 'reverse';

/** What retrieval is computed from. */
export type PairTable = Pick<ScoreTable, 'labels' | 'numSamples' | 'targets' | 'scores'>;

/** Ranks are asked for once by each figure of a table. */
const known = new WeakMap<object, Map<Direction, readonly number[]>>();

/**
 * The rank of each sample's target, from 1, when its embedding looks for the other side among all samples. Targets are
 * ranked, each by its nearest sample, by cosine: where every sample has a target of its own this is the usual rank among
 * samples. Others as near as the right one count half, so that embeddings which are all alike gain nothing.
 */
export function retrievalRanks(table: PairTable, direction: Direction): readonly number[] {
  const ranks = known.get(table.scores) ?? new Map<Direction, readonly number[]>();
  known.set(table.scores, ranks);
  const found = ranks.get(direction) ?? computeRanks(table, direction);
  ranks.set(direction, found);
  return found;
}

/** Share of samples whose target is among the first k. NaN without samples. */
export const recallAt = (table: PairTable, k: number, direction: Direction): number =>
  meanOver(table.numSamples, (i) => {
    const rank = at(retrievalRanks(table, direction), i);
    return Number.isNaN(rank) ? rank : Number(rank <= k);
  });

/** Median of the ranks, from 1. NaN without samples. */
export function medianRank(table: PairTable, direction: Direction): number {
  const ranks = [...retrievalRanks(table, direction)].sort((a, b) => a - b);
  const middle = (ranks.length - 1) / 2;
  return (at(ranks, Math.floor(middle)) + at(ranks, Math.ceil(middle))) / 2;
}

/** Mean of recall-at-1, recall-at-5 and recall-at-10 in both directions. */
export const meanRecall = (table: PairTable): number =>
  meanOver(6, (i) => recallAt(table, [1, 5, 10][i % 3] ?? 1, i < 3 ? 'forward' : 'reverse'));

function computeRanks(table: PairTable, direction: Direction): number[] {
  const { numSamples, targets } = table;
  const [first, second] = [unitRows(table, 0), unitRows(table, 1)];
  const [queries, items] = direction === 'forward' ? [first, second] : [second, first];
  const things = new Map<number, number>();
  const thingOf = Array.from({ length: numSamples }, (_, i) => {
    const target = at(targets, i);
    if (!things.has(target)) things.set(target, things.size);
    return things.get(target) ?? 0;
  });
  return queries.map((query, i) => {
    const nearest = new Float64Array(things.size).fill(-Infinity);
    items.forEach((item, j) => {
      const thing = thingOf[j] ?? 0;
      nearest[thing] = Math.max(at(nearest, thing), dot(query, item));
    });
    return rankOf(nearest, thingOf[i] ?? 0);
  });
}

function rankOf(nearest: Float64Array, own: number): number {
  const score = at(nearest, own);
  let rank = 1;
  nearest.forEach((other, thing) => {
    if (Number.isNaN(other) || Number.isNaN(score)) rank = NaN;
    else if (other > score) rank += 1;
    else if (other === score && thing !== own) rank += 0.5;
  });
  return rank;
}

/** One side's embeddings, of length 1; zeros stay zeros. */
function unitRows({ labels, numSamples, scores }: PairTable, side: 0 | 1): Float64Array[] {
  const size = labels.length / 2;
  return Array.from({ length: numSamples }, (_, i) => {
    const row = Float64Array.from({ length: size }, (__, p) => at(scores, (2 * i + side) * size + p));
    const length = Math.hypot(...row);
    return length === 0 ? row : row.map((x) => x / length);
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let p = 0; p < a.length; p++) sum += at(a, p) * at(b, p);
  return sum;
}
