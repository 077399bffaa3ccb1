// Figures by class, from an evaluation. C classes.
import type { EvaluationTable } from '@tessera/core';

/** How well one class was found; NaN where nothing was predicted as it, or nothing is of it. */
export interface ClassFigures {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Samples that are of the class. */
  readonly samples: number;
  /** Samples that were predicted as it. */
  readonly predicted: number;
}

/** Precision, recall and F1 of each class; none for real values and pairs. */
export function classFigures({
  labels,
  targetKind,
  targets,
  predictions,
  numSamples,
}: EvaluationTable): ClassFigures[] {
  if (targetKind === 'real' || targetKind === 'pair') return [];
  const width = labels.length;
  const has = (values: ArrayLike<number>, sample: number, label: number): boolean =>
    targetKind === 'class-index' ? values[sample] === label : (values[sample * width + label] ?? 0) > 0.5;
  return labels.map((label, c) => {
    let [both, samples, predicted] = [0, 0, 0];
    for (let i = 0; i < numSamples; i++) {
      const [isTrue, isPredicted] = [has(targets, i, c), has(predictions, i, c)];
      samples += Number(isTrue);
      predicted += Number(isPredicted);
      both += Number(isTrue && isPredicted);
    }
    return {
      label,
      precision: both / predicted,
      recall: both / samples,
      f1: (2 * both) / (samples + predicted),
      samples,
      predicted,
    };
  });
}

/** [C, C] counts of a single-label head: rows are true classes, columns predicted ones. */
export function confusionCounts({ labels, targets, predictions, numSamples }: EvaluationTable): number[][] {
  const counts = labels.map(() => labels.map(() => 0));
  for (let i = 0; i < numSamples; i++) {
    const row = counts[targets[i] ?? -1];
    const column = predictions[i] ?? -1;
    if (row?.[column] !== undefined) row[column] += 1;
  }
  return counts;
}

/** A true class that was taken for another. */
export interface Confusion {
  readonly truth: string;
  readonly predicted: string;
  readonly count: number;
  /** Share of the true class's samples. */
  readonly share: number;
}

/** The most frequent confusions of a single-label head, most frequent first. */
export function topConfusions(table: EvaluationTable, limit = 10): Confusion[] {
  const { labels } = table;
  return confusionCounts(table)
    .flatMap((row, t) => {
      const samples = row.reduce((sum, count) => sum + count, 0);
      return row.flatMap((count, p) =>
        p !== t && count > 0
          ? [{ truth: labels[t] ?? '', predicted: labels[p] ?? '', count, share: count / samples }]
          : [],
      );
    })
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, limit);
}
