import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera, type RunOptions } from '../../../../test/runTessera.js';
import { jsonLines, tinyBowSpec, writeTinyFiles } from '../../../../test/tinyFiles.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(async () => {
  writeTinyFiles((folder = mkdtempSync(join(tmpdir(), 'tessera-predict-'))));
  const { code } = await runTessera(['train', at('bow.json'), '--to', at('run'), '--set', 'training.epochs=20']);
  expect(code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

const predict = (args: readonly string[], options: RunOptions = {}) =>
  runTessera(['predict', at('run'), ...args], options);
const labels = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const { id, kind, error } = JSON.parse(line) as { id?: unknown; kind?: { label: string }; error?: string };
      return error === undefined ? [id, kind?.label] : error;
    });

const rows = [
  { id: 'a', text: 'a pear' },
  { id: 7, text: 'a saw', kind: 'ignored' },
];

describe('tessera predict', () => {
  it('predicts a sample given by options, in either form', async () => {
    const { code, out } = await predict(['--text', 'a pear']);
    expect(code).toBe(0);
    expect(out).toMatch(/^kind: fruit\n +\d+\.\d % {2}fruit\n +\d+\.\d % {2}tool\n$/);
    expect((await predict(['--text=a saw'])).out).toMatch(/^kind: tool\n/);
  });

  it('gives JSON when asked', async () => {
    const { kind } = JSON.parse((await predict(['--text', 'a pear', '--json'])).out) as {
      kind: { label: string; probability: number; probabilities: Record<string, number> };
    };
    expect(kind.label).toBe('fruit');
    expect(kind.probabilities['fruit']).toBe(kind.probability);
  });

  it('predicts JSON lines from the standard input, in order, and repeats their ids', async () => {
    const { code, out } = await predict(['--input', '-'], {
      stdin: `${jsonLines(rows)}\n${JSON.stringify({ text: 'a plum' })}`,
    });
    expect(code).toBe(0);
    expect(labels(out)).toEqual([
      ['a', 'fruit'],
      [7, 'tool'],
      [undefined, 'fruit'],
    ]);
  });

  it('predicts a file into a file, more rows than fit into one batch', async () => {
    writeFileSync(at('rows.jsonl'), jsonLines(Array.from({ length: 70 }, (_, i) => ({ ...rows[i % 2], id: i }))));
    const { code, out } = await predict(['--input', at('rows.jsonl'), '--output', at('out.jsonl')]);
    expect(code).toBe(0);
    expect(out).toBe('');
    expect(labels(readFileSync(at('out.jsonl'), 'utf8'))).toEqual(
      Array.from({ length: 70 }, (_, i) => [i, i % 2 ? 'tool' : 'fruit']),
    );
  });

  it('names the row that cannot be predicted and leaves the output file as it was', async () => {
    writeFileSync(at('rows.jsonl'), `${jsonLines(rows)}{"txt": "a pear"}\n`);
    writeFileSync(at('out.jsonl'), 'former');
    const { code, notes } = await predict(['--input', at('rows.jsonl'), '--output', at('out.jsonl')]);
    expect(code).toBe(2);
    expect(notes).toMatch(/rows\.jsonl, row 3: must have a key for a modality of the run \(text\), got the keys txt\./);
    expect(readFileSync(at('out.jsonl'), 'utf8')).toBe('former');
    expect(existsSync(at(`out.jsonl.partial-${process.pid}`))).toBe(false);
  });

  it('goes on after such a row when told to', async () => {
    const stdin = `${jsonLines(rows)}{bad\n[1]\n{}\n${jsonLines(rows)}`;
    const { code, out } = await predict(['--input', '-', '--skip-errors'], { stdin });
    expect(code).toBe(0);
    const found = labels(out);
    expect(found).toHaveLength(7);
    expect(found.slice(2, 5)).toEqual([
      expect.stringMatching(/^standard input, row 3: must be a JSON object, got \{bad\./),
      expect.stringMatching(/row 4: must be a JSON object, got \[1\]\.$/),
      expect.stringMatching(/row 5: must have a key .*got no keys\.$/),
    ]);
    expect(found[6]).toEqual([7, 'tool']);
  });

  it('says so when there is nothing to predict', async () => {
    expect(await predict(['--input', '-'], { stdin: '\n' })).toMatchObject({ code: 0, out: '' });
    expect((await predict(['--input', '-'])).notes).toBe('standard input: no rows to predict\n');
  });

  it('prints labels of a multi-label head and values of a regression', async () => {
    const heads = { tags: { type: 'multi-label' }, price: { type: 'regression' } };
    const row = { text: 'a pear', tags: ['green', 'sweet'], price: 1.5 };
    const data = { type: 'inline', train: [row, { ...row, text: 'a saw', tags: [], price: 2 }] };
    writeFileSync(at('heads.json'), JSON.stringify(tinyBowSpec({ heads, data })));
    expect((await runTessera(['train', at('heads.json'), '--to', at('heads')])).code).toBe(0);
    const { out } = await runTessera(['predict', at('heads'), '--text', 'a pear']);
    expect(out).toMatch(
      /^tags: (none|green|sweet|green, sweet)\n +\d+\.\d % {2}\w+\n +\d+\.\d % {2}\w+\nprice: -?\d+\.\d{3}\n$/,
    );
  });

  it.each([
    [[], /no input given\. Write --text VALUE, or --input FILE/],
    [['--txet', 'x'], /unknown option "--txet".*Did you mean "text"\?/],
    [['--text'], /--text: needs a value, got none/],
    [['--text', 'a', '--input', '-'], /a sample or --input FILE, got both/],
    [['--input', '/nowhere/rows.jsonl'], /\/nowhere\/rows\.jsonl: there is no such file/],
    [['--input', '.'], /\.: it is a folder where a file should be/],
    [['--input', '-', '--output', '/nowhere/out.jsonl'], /\/nowhere\/out\.jsonl: there is no such file or folder/],
  ])('refuses %j', async (args, message) => {
    const { code, notes, out } = await predict(args);
    expect(notes).toMatch(message);
    expect([code, out]).toEqual([2, '']);
  });
});
