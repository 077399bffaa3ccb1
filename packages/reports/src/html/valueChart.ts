import type { EvaluationTable } from '@tessera/core';
import { valuePairs } from '../evaluation/valueFigures.js';
import { colourOf, drawChart } from './chart.js';
import type { Markup } from './markup.js';

/** Points beyond this many are thinned out evenly. */
const maxPoints = 1000;

/** Predicted values of one regressed output over true ones, with the line on which they agree. */
export function valueChart(table: EvaluationTable, output: number): Promise<Markup> {
  const all = valuePairs(table, output).filter(
    ({ target, predicted }) => Number.isFinite(target) && Number.isFinite(predicted),
  );
  const step = Math.ceil(all.length / maxPoints) || 1;
  const pairs = all.filter((_, i) => i % step === 0);
  const [low, high] = rangeOf(pairs.flatMap(({ target, predicted }) => [target, predicted]));
  const axis = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { domain: [low, high], nice: true },
  });
  return drawChart({
    description: `Predicted over true ${table.labels[output] ?? 'value'} of ${pairs.length} samples.`,
    width: 320,
    height: 320,
    encoding: { x: axis('target', 'true value'), y: axis('predicted', 'predicted value') },
    layer: [
      {
        data: {
          values: [
            { target: low, predicted: low },
            { target: high, predicted: high },
          ],
        },
        mark: { type: 'line', color: '#888', strokeDash: [4, 4] },
      },
      { data: { values: pairs }, mark: { type: 'point', color: colourOf(0), filled: true, size: 24, opacity: 0.6 } },
    ],
  });
}

function rangeOf(values: readonly number[]): [low: number, high: number] {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (!Number.isFinite(low)) return [0, 1];
  return low < high ? [low, high] : [low - 1, high + 1];
}
