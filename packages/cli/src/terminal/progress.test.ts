import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { drawBar, fitFields, Progress, type ProgressField } from './progress.js';
import { Terminal } from './terminal.js';
import { textWidth } from './width.js';

/** A terminal of a width (none: a file) whose clock the test moves, and what was written to it. */
function terminalOf(columns?: number) {
  const written: string[] = [];
  const stream = Object.assign(new PassThrough(), columns === undefined ? {} : { isTTY: true, columns });
  stream.write = (chunk: unknown) => written.push(String(chunk)) > 0;
  const signals = { on: () => undefined, off: () => undefined, exit: () => undefined };
  const terminal = new Terminal({ stdin: stream, stdout: stream, stderr: stream, env: { NO_COLOR: '1' }, signals });
  const clock = { time: 0 };
  const progress = new Progress(terminal, () => clock.time);
  return { terminal, progress, clock, written, text: () => written.join('') };
}

const fields: ProgressField[] = [
  { text: 'epoch 1/20', short: '1/20', rank: 3 },
  { text: 'loss 1.954' },
  { text: 'val accuracy 0.417', short: 'accuracy 0.417', rank: 2 },
  { text: '541 samples/s', short: '541/s', rank: 1 },
  { text: '1:05 left' },
];

describe('fields of a bar', () => {
  it.each([
    [80, 'epoch 1/20  loss 1.954  val accuracy 0.417  541 samples/s  1:05 left'],
    [62, 'epoch 1/20  loss 1.954  val accuracy 0.417  541/s  1:05 left'],
    [52, '1/20  loss 1.954  accuracy 0.417  541/s  1:05 left'],
    [45, '1/20  loss 1.954  accuracy 0.417  1:05 left'],
    [30, '1/20  loss 1.954  1:05 left'],
    [5, 'loss 1.954  1:05 left'],
  ])('within %i columns give up the least important first', (columns, text) => {
    expect(fitFields(fields, columns)).toBe(text);
  });
});

describe('a bar', () => {
  it('grows by eighths of a column and stays within its width', () => {
    expect(drawBar(0, 4)).toBe('····');
    expect(drawBar(0.5, 4)).toBe('██··');
    expect(drawBar(1 / 32, 4)).toBe('▏···');
    expect(drawBar(2, 4)).toBe('████');
    expect(drawBar(NaN, 4)).toHaveLength(4);
  });

  it.each([60, 80, 120])('with figures keeps within %i columns', (columns) => {
    const { progress, text } = terminalOf(columns);
    progress.bar('image-only seed 12').update(3, 29, fields);
    const [line = ''] = text().split('\n');
    expect(textWidth(line)).toBeLessThan(columns);
    expect(line).toMatch(/^image-only seed 12 {2}[█▉▊▋▌▍▎▏]+·+ +10% {2}.*loss 1\.954.*1:05 left$/);
  });

  it('is drawn at most ten times a second, over its former place', () => {
    const { progress, clock, written } = terminalOf(80);
    const bar = progress.bar('a');
    bar.update(1, 100);
    bar.update(2, 100);
    clock.time = 150;
    bar.update(3, 100);
    expect(written).toHaveLength(2);
    expect(written[1]).toMatch(/^\u001b\[1A\r\u001b\[Ja .* 3%/);
  });

  it('lines up with the others', () => {
    const { progress, clock, written } = terminalOf(80);
    const [short, long] = [progress.bar('a'), progress.bar('longer')];
    short.update(1, 2);
    clock.time = 150;
    long.update(1, 2);
    const lines = (written.at(-1) ?? '').split('\n').map((line) => line.indexOf('█'));
    expect(lines[0]).toBe((lines[1] ?? 0) + '\u001b[2A\r\u001b[J'.length);
  });
});

describe('notes while bars are drawn', () => {
  it('go above the bars, and straight out afterwards', () => {
    const { terminal, progress, written } = terminalOf(80);
    progress.bar('a').update(1, 2);
    terminal.note('warning: look');
    expect(written.slice(1).join('')).toMatch(/^\u001b\[1A\r\u001b\[Jwarning: look\na .*50%\n$/);
    progress.close();
    written.length = 0;
    terminal.note('done');
    expect(written).toEqual(['done\n']);
  });
});

describe('without a terminal', () => {
  it('only lines that stay are written, and every half minute how far it is', () => {
    const { progress, clock, text } = terminalOf();
    const bar = progress.bar('a');
    bar.update(1, 4, [{ text: 'loss 2' }]);
    progress.log('a line');
    clock.time = 31_000;
    bar.update(2, 4, [{ text: 'loss 1' }]);
    bar.update(3, 4, [{ text: 'loss 1' }]);
    bar.finish('a: done');
    progress.close();
    expect(text()).toBe('a line\na  50%  loss 1\na: done\n');
  });
});
