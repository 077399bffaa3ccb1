import type { EvaluationTable } from '@tessera/core';
import { drawChart } from './chart.js';
import type { Markup } from './markup.js';

/** The confusion matrix of a single-label head: rows are true classes, columns predicted ones. */
export function confusionChart({ labels, targets, predictions }: EvaluationTable): Promise<Markup> {
  const counts = labels.map(() => labels.map(() => 0));
  targets.forEach((target, i) => {
    const row = counts[target];
    const predicted = predictions[i] ?? 0;
    if (row) row[predicted] = (row[predicted] ?? 0) + 1;
  });
  const values = counts.flatMap((row, t) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, p) => ({ true: labels[t], predicted: labels[p], count, share: total ? count / total : 0 }));
  });
  const size = Math.max(20, Math.min(48, 480 / labels.length));
  const axes = {
    x: { field: 'predicted', type: 'nominal', sort: labels, axis: { labelAngle: -40, title: 'predicted' } },
    y: { field: 'true', type: 'nominal', sort: labels, axis: { title: 'true' } },
  };
  return drawChart({
    data: { values },
    width: size * labels.length,
    height: size * labels.length,
    encoding: axes,
    layer: [
      {
        mark: 'rect',
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            scale: { scheme: 'blues', domain: [0, 1] },
            title: 'share of row',
          },
        },
      },
      ...(labels.length <= 24
        ? [
            {
              mark: { type: 'text', fontSize: 11 },
              encoding: {
                text: { field: 'count', type: 'quantitative' },
                color: { condition: { test: 'datum.share > 0.5', value: 'white' }, value: '#345' },
              },
            },
          ]
        : []),
    ],
  });
}
