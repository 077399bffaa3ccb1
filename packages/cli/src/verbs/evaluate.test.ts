import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../../test/runTessera.js';
import { jsonLines, tinyBowSpec, tinyRow, writeTinyFiles } from '../../../../test/tinyFiles.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(async () => {
  writeTinyFiles((folder = mkdtempSync(join(tmpdir(), 'tessera-evaluate-'))));
  // Two of three right: the third says of a saw that it is a fruit.
  writeFileSync(at('hard.jsonl'), jsonLines([tinyRow(0), tinyRow(1), { ...tinyRow(1), id: 'wrong', kind: 'fruit' }]));
  const { code } = await runTessera(['train', at('bow.json'), '--to', at('run'), '--set', 'training.epochs=20']);
  expect(code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

const evaluate = (...args: string[]) => runTessera(['evaluate', at('run'), ...args]);
const hard = ['--set', 'data.test=hard.jsonl'];

describe('tessera evaluate', () => {
  it('prints figures, figures by class and the confusion matrix', async () => {
    const { code, out, notes } = await evaluate(...hard);
    expect(code).toBe(0);
    expect(out).toMatch(/^test \(3 samples\) figure +value +± error\n/);
    expect(out).toMatch(/\nkind\.accuracy +0\.667 +0\.\d{3}\n/);
    expect(out).toMatch(
      /\nkind +precision +recall +F1 +samples\n.*\nfruit +1\.000 +0\.500 +0\.667 +2\ntool +0\.500 +1\.000 +0\.667 +1\n/,
    );
    expect(out).toMatch(/true classes.*\n +fruit +tool\n.*\nfruit +1 +1\ntool +0 +1\n/);
    expect(notes).toContain(join(at('run'), 'evaluation-test.json'));
  });

  it('lists the commonest confusions where the matrix is wider than the terminal', async () => {
    const { out } = await runTessera(['evaluate', at('run'), ...hard], { columns: 10 });
    expect(out).toMatch(/kind: most confused +predicted as +samples +of the class\n.*\nfruit +tool +1 +50\.0 %\n/);
  });

  it('gives figures, classes and matrix as JSON', async () => {
    expect(JSON.parse((await evaluate(...hard, '--json')).out)).toMatchObject({
      split: 'test',
      numSamples: 3,
      figures: { 'kind.accuracy': 2 / 3 },
      spread: { 'kind.accuracy': expect.closeTo(0.27, 1) as number }, // √(p(1 − p)/n)
      heads: {
        kind: {
          labels: ['fruit', 'tool'],
          classes: [{ recall: 0.5 }, { recall: 1 }],
          confusion: [
            [1, 1],
            [0, 1],
          ],
        },
      },
    });
  });

  it('keeps every prediction in the run', async () => {
    await evaluate(...hard);
    const { heads } = JSON.parse(readFileSync(at('run/evaluation-test.json'), 'utf8')) as {
      heads: { kind: { samples: { id: string; target: number[]; prediction: number[]; scores: number[] }[] } };
    };
    expect(heads.kind.samples.map(({ id, target, prediction }) => [id, ...target, ...prediction])).toEqual([
      ['r0', 0, 0],
      ['r1', 1, 1],
      ['wrong', 0, 1],
    ]);
    for (const { scores } of heads.kind.samples) expect((scores[0] ?? 0) + (scores[1] ?? 0)).toBeCloseTo(1, 5);
  });

  it('gives identical predictions each time', async () => {
    await evaluate(...hard);
    const first = readFileSync(at('run/evaluation-test.json'));
    rmSync(at('run/evaluation-test.json'));
    await evaluate(...hard);
    expect(readFileSync(at('run/evaluation-test.json')).equals(first)).toBe(true);
  });

  it('gives the figures for each subset of the modalities, unless told not to', async () => {
    const bow = { encoder: 'bow', dimension: 8 };
    const { data, ...rest } = tinyBowSpec({ modalities: { text: bow, title: bow } });
    const spec = { ...rest, data: { ...data, fields: { title: 'id' }, allowMissing: ['title'] } };
    writeFileSync(at('pair.json'), JSON.stringify(spec));
    const { id: _, ...untitled } = tinyRow(1);
    writeFileSync(at('some.jsonl'), jsonLines([tinyRow(0), { ...untitled, key: 'x' }, tinyRow(2)]));
    expect((await runTessera(['train', at('pair.json'), '--to', at('pair')])).code).toBe(0);
    const args = ['evaluate', at('pair'), '--set', 'data.test=some.jsonl', '--set', 'data.id=null'];
    const { out } = await runTessera(args);
    expect(out).toMatch(
      /\ntest, shown only +loss +kind\.accuracy .*samples\n.*\ntext \+ title .* 2\ntext .* 3\ntitle .* 2\n/,
    );
    const { numSamples, subsets } = JSON.parse((await runTessera([...args, '--json'])).out) as {
      numSamples: number;
      subsets: { modalities: string[]; numSamples: number; figures: Record<string, number> }[];
    };
    expect([numSamples, ...subsets.map((subset) => subset.numSamples)]).toEqual([3, 2, 3, 2]);
    expect(Object.keys(subsets[1]?.figures ?? {})).toContain('kind.accuracy');
    expect((await runTessera([...args, '--no-subsets'])).out).not.toContain('shown only');
  });

  it.each([
    [['--split', 'dev'], /unknown split "dev"\. Known: train, validation, test\./],
    [['--set', 'data.test=none.jsonl'], /data\.test: must be a file that can be read, got .*none\.jsonl/],
    [['--set', 'data.tets=a'], /unknown key "tets".*Did you mean "test"\?/],
  ])('refuses %j', async (args, message) => {
    const { code, notes } = await evaluate(...args);
    expect(notes).toMatch(message);
    expect(code).toBe(2);
  });
});
