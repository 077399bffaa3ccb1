import { at } from './tables.js';

/**
 * Counts by true class (row) and predicted class (column), [C][C]. Source: scikit-learn, `confusion_matrix`.
 * @param targets - class numbers
 * @param predictions - class numbers, one for each target
 */
export function confusionMatrix(
  targets: ArrayLike<number>,
  predictions: ArrayLike<number>,
  numClasses: number,
): number[][] {
  const matrix = Array.from({ length: numClasses }, () => new Array<number>(numClasses).fill(0));
  for (let i = 0; i < targets.length; i++) {
    const row = matrix[at(targets, i)];
    const predicted = at(predictions, i);
    if (row) row[predicted] = (row[predicted] ?? 0) + 1;
  }
  return matrix;
}
