import type { EvaluationTable } from '@tessera/core';
import { confusionCounts } from '../evaluation/classFigures.js';
import { drawChart } from './chart.js';
import type { Markup } from './markup.js';

/** Classes up to which counts are written into the cells. */
export const countsUpTo = 24;
/** From this share on, text on a cell is white: both colours then have a contrast of at least 4.5 to 1. */
const darkFrom = 0.77;

/** The confusion matrix of a single-label head: rows are true classes, columns predicted ones. */
export function confusionChart(table: EvaluationTable): Promise<Markup> {
  const { labels } = table;
  const values = confusionCounts(table).flatMap((row, t) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, p) => ({
      true: labels[t],
      predicted: labels[p],
      count,
      text: count > 0 ? String(count) : '·',
      share: total ? count / total : 0,
    }));
  });
  const size = Math.max(14, Math.min(48, 480 / labels.length));
  const axis = { domain: false, ticks: false, labelPadding: 6, labelLimit: 170 };
  const counts = {
    mark: { type: 'text', fontSize: 12 },
    encoding: {
      text: { field: 'text', type: 'nominal' },
      color: { condition: { test: `datum.share > ${darkFrom}`, value: '#fff' }, value: 'currentColor' },
    },
  };
  return drawChart({
    description: `Confusion matrix of ${labels.length} classes; the table beside it has the figures of each class.`,
    data: { values },
    width: size * labels.length,
    height: size * labels.length,
    encoding: {
      x: {
        field: 'predicted',
        type: 'nominal',
        sort: labels,
        axis: { ...axis, orient: 'top', labelAngle: -40, labelAlign: 'left', title: 'predicted class' },
      },
      y: { field: 'true', type: 'nominal', sort: labels, axis: { ...axis, title: 'true class' } },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: '#8884', strokeWidth: 1 },
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            scale: { domain: [0, 1], range: ['rgba(8, 81, 156, 0)', 'rgba(8, 81, 156, 1)'] },
            legend: null,
          },
        },
      },
      ...(labels.length <= countsUpTo ? [counts] : []),
    ],
  });
}
