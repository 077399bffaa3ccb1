// Figures of how well scores rank positives above negatives; equal scores are taken together.
import { at } from './tables.js';

/** Positives and negatives that share one score. */
interface Tie {
  readonly positives: number;
  readonly negatives: number;
}

/** Samples by falling score; undefined when a score is no number. */
function rank(targets: ArrayLike<number>, scores: ArrayLike<number>): Tie[] | undefined {
  const order = Array.from({ length: targets.length }, (_, i) => i);
  if (order.some((i) => Number.isNaN(at(scores, i)))) return undefined;
  order.sort((a, b) => at(scores, b) - at(scores, a));
  const ties: { positives: number; negatives: number }[] = [];
  let previous: number | undefined;
  for (const i of order) {
    if (at(scores, i) !== previous) ties.push({ positives: 0, negatives: 0 });
    previous = at(scores, i);
    const tie = ties.at(-1);
    if (tie) tie[at(targets, i) === 1 ? 'positives' : 'negatives'] += 1;
  }
  return ties;
}

/**
 * Area under the ROC curve: the share of pairs of a positive and a negative in which the positive has the higher score,
 * ties counting half. NaN where positives or negatives are missing. Source: scikit-learn, `roc_auc_score`.
 * @param targets - 0 or 1 of each sample
 * @param scores - one for each target
 */
export function rocAuc(targets: ArrayLike<number>, scores: ArrayLike<number>): number {
  let [positives, negatives, pairs] = [0, 0, 0];
  for (const tie of rank(targets, scores) ?? []) {
    pairs += tie.negatives * (positives + tie.positives / 2);
    positives += tie.positives;
    negatives += tie.negatives;
  }
  return pairs / (positives * negatives);
}

/**
 * Average precision: Σ (recall_k − recall_{k−1}) · precision_k over falling thresholds, without interpolation. 0 without
 * positives, NaN without samples. Source: scikit-learn, `average_precision_score`.
 * @param targets - 0 or 1 of each sample
 * @param scores - one for each target
 */
export function averagePrecision(targets: ArrayLike<number>, scores: ArrayLike<number>): number {
  const ties = rank(targets, scores);
  if (!ties || ties.length === 0) return NaN;
  const total = ties.reduce((sum, { positives }) => sum + positives, 0);
  if (total === 0) return 0;
  let [found, claimed, area] = [0, 0, 0];
  for (const { positives, negatives } of ties) {
    found += positives;
    claimed += positives + negatives;
    area += (positives / total) * (found / claimed);
  }
  return area;
}
