// The picture of docs/performance.md: time above, memory below, one column for each thing that grows.
import { drawChart } from '@tessera/reports';

const rows = [
  { field: 'ms', title: 'ms of a training step' },
  { field: 'megabytes', title: 'peak memory, MB' },
];

/** Draws the points as an SVG file on white. */
export async function drawGrowth(growing, points) {
  const panel = ({ field, title }, { key, title: what, values }, first) => ({
    width: 170,
    height: 150,
    data: {
      values: points
        .filter(({ grows }) => grows === key)
        .map((point) => ({ ...point, megabytes: point.peakBytes / 2 ** 20 })),
    },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'value', type: 'quantitative', title: what, scale: { nice: false }, axis: { values, grid: false } },
      y: { field, type: 'quantitative', title: first ? title : null },
    },
  });
  const { text } = await drawChart({
    description: 'Time and peak memory of a training step against text tokens, picture tokens, batch and modalities',
    vconcat: rows.map((row) => ({ hconcat: growing.map((thing, i) => panel(row, thing, i === 0)) })),
  });
  return `${text.replace('<svg ', '<svg style="background:#fff;color:#222" ')}\n`;
}
