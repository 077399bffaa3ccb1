import type { EpochRecord } from '@tessera/training';
import { describe, expect, it } from 'vitest';
import { learningCurves, type RunHistory } from './curves.js';

const run = (
  model: string,
  seed: number,
  values: readonly (number | null | undefined)[],
  options: Partial<RunHistory> = {},
): RunHistory => ({
  model,
  seed,
  history: values.map((value, i): EpochRecord => ({
    epoch: i + 1,
    updates: i,
    trainLoss: 2 - i / 10,
    rateFactor: 1,
    seconds: 1,
    ...(value !== undefined && { validation: { 'kind.accuracy': value } }),
  })),
  ...options,
});

const curve = async (runs: readonly RunHistory[], title = 'validation kind.accuracy'): Promise<string> =>
  (await learningCurves(runs)).find((one) => one.title === title)?.chart.text ?? '';

/** The lines of a chart as their numbers of points, by width. */
const linesOf = (svg: string): { width: number; points: number }[] =>
  [...svg.matchAll(/<path d="(M[^"]*)" stroke="[^"]*" stroke-width="([\d.]+)"/g)].map(([, d = '', width]) => ({
    width: Number(width),
    points: d.split(/[ML]/).length - 1,
  }));

describe('learningCurves', () => {
  it('draws the training loss and each validation figure that any run has', async () => {
    const titles = (await learningCurves([run('a', 1, [undefined, undefined]), run('b', 1, [0.5, 0.6])])).map(
      ({ title }) => title,
    );
    expect(titles).toEqual(['training loss', 'validation kind.accuracy']);
  });

  it('draws a thin line for each seed and a thick one for their mean', async () => {
    const lines = linesOf(await curve([run('a', 1, [0.2, 0.4, 0.6]), run('a', 2, [0.4, 0.6, 0.8])]));
    expect(lines).toEqual([
      { width: 1, points: 3 },
      { width: 1, points: 3 },
      { width: 2.5, points: 3 },
    ]);
  });

  it('ends the mean where the first seed ends, and says in words where it starts and ends', async () => {
    const svg = await curve([run('a', 1, [0.2, 0.4, 0.6]), run('a', 2, [0.4, 0.6])]);
    expect(linesOf(svg).find(({ width }) => width === 2.5)?.points).toBe(2);
    expect(svg).toContain('aria-label="validation kind.accuracy by epoch, a from 0.300 to 0.500"');
  });

  it('draws a model with one seed as thick as the means of others', async () => {
    const lines = linesOf(await curve([run('a', 1, [0.2, 0.4]), run('a', 2, [0.4, 0.6]), run('b', 1, [0.1, 0.2])]));
    expect(lines.filter(({ width }) => width === 2.5)).toHaveLength(2);
  });

  it('gives models their colours in the order in which they come', async () => {
    const svg = await curve([run('z', 1, [0.1, 0.2]), run('a', 1, [0.3, 0.4])]);
    const colours = [...svg.matchAll(/<path d="M[^"]*" stroke="(#\w+)" stroke-width="2"/g)].map(([, colour]) => colour);
    expect(new Set(colours)).toEqual(new Set(['#1f77c9', '#d1550a']));
    expect(svg.indexOf('#1f77c9')).toBeGreaterThan(-1);
  });

  it('marks the best epoch of each run with a ring', async () => {
    const rings = (svg: string): number => svg.split('stroke-width="1.5"').length - 1;
    const plain = rings(await curve([run('a', 1, [0.1, 0.3, 0.2])]));
    const marked = rings(await curve([run('a', 1, [0.1, 0.3, 0.2], { bestEpoch: 2 })]));
    expect(marked - plain).toBe(1);
  });

  it('leaves out values that are no numbers', async () => {
    const svg = await curve([run('a', 1, [0.1, null, NaN, 0.4, Infinity])]);
    expect(linesOf(svg)).toEqual([{ width: 2, points: 2 }]);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('draws a single epoch as a point with one tick', async () => {
    const svg = await curve([run('a', 1, [0.201389])]);
    expect([...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)).toEqual(['1', 'epoch', '0.2014']);
    expect(svg).not.toContain('NaN');
  });

  it('draws nothing for runs without an epoch', async () => {
    expect(await learningCurves([run('a', 1, [])])).toEqual([]);
  });
});
