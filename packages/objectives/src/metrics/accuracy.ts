// n samples, C outputs.
import { at, meanOver, type PredictionTable, type ScoreTable } from './tables.js';

/** Numbers in one sample's target. */
const widthOf = ({ targetKind, labels }: PredictionTable): number => (targetKind === 'class-index' ? 1 : labels.length);

/**
 * Share of samples predicted right; with several labels at once, all labels of the sample (subset accuracy). NaN without
 * samples. Source: scikit-learn, `accuracy_score`.
 */
export function accuracy(table: PredictionTable): number {
  const width = widthOf(table);
  return meanOver(table.numSamples, (i) => {
    for (let j = i * width; j < (i + 1) * width; j++) if (at(table.targets, j) !== at(table.predictions, j)) return 0;
    return 1;
  });
}

/** Share of single labels predicted wrong. NaN without samples. Source: scikit-learn, `hamming_loss`. */
export function hammingLoss(table: PredictionTable): number {
  const count = table.numSamples * widthOf(table);
  return meanOver(count, (i) => (at(table.targets, i) === at(table.predictions, i) ? 0 : 1));
}

/**
 * Share of samples whose class is among the k with the highest scores; of equal scores the later class goes first, as in
 * scikit-learn's `top_k_accuracy_score`. NaN without samples.
 */
export function topKAccuracy({ labels, numSamples, targets, scores }: ScoreTable, k: number): number {
  const width = labels.length;
  return meanOver(numSamples, (i) => {
    const target = at(targets, i);
    const score = at(scores, i * width + target);
    let before = 0;
    for (let c = 0; c < width; c++) {
      const other = at(scores, i * width + c);
      if (other > score || (other === score && c > target)) before += 1;
    }
    return before < k ? 1 : 0;
  });
}
