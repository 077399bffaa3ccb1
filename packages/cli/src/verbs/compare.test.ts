import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera, type RunOptions } from '../../../../test/runTessera.js';
import { tinyBowSpec, writeTinyFiles } from '../../../../test/tinyFiles.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(() => {
  writeTinyFiles((folder = mkdtempSync(join(tmpdir(), 'tessera-compare-'))));
  // A bag of words that learns, and one that cannot.
  const idle = { epochs: 1, batchSize: 4, optimizer: { type: 'sgd', learningRate: 1e-9 } };
  writeFileSync(at('idle.json'), JSON.stringify(tinyBowSpec({ name: 'idle', training: idle })));
});
afterAll(() => rmSync(folder, { recursive: true }));

const compare = (to: string, args: readonly string[] = [], options: RunOptions = {}) =>
  runTessera(
    ['compare', at('bow.json'), at('idle.json'), '--to', at(to), '--set', 'bow:training.epochs=20', ...args],
    options,
  );

interface SeedSpread {
  readonly seeds: readonly number[];
  readonly figures: { readonly 'kind.accuracy': { mean: number; deviation: number; values: readonly number[] } };
}

describe('tessera compare', () => {
  it('trains every spec with every seed and prints mean, deviation and whether the lead is beyond chance', async () => {
    const { code, out, notes } = await compare('a', ['--seeds', '2']);
    expect(code).toBe(0);
    expect(out).toMatch(/\nmodel +test accuracy +test macro-f1 +parameters +training\n/);
    expect(out).toMatch(/\nbow +100\.0 ± 0\.0 .*\nidle +\d+\.\d ± \d+\.\d /);
    expect(out).toMatch(/bow leads idle, the best other, by .*paired bootstrap/);
    expect(notes).toContain(`Report: ${at('a/report.html')}`);
    expect(readFileSync(at('a/report.html'), 'utf8')).toContain('Comparison');
    for (const seed of [1, 2])
      expect(JSON.parse(readFileSync(at(`a/idle/seed-${seed}/run.json`), 'utf8'))).toMatchObject({ seed });
  });

  it('leaves mean and deviation over seeds in the folder of every run, for each split', async () => {
    const data = ['--set', 'data.splits.hard=validation.jsonl', '--set', 'training.epochs=1'];
    await compare('seeds', ['--seeds', '2', ...data]);
    for (const file of ['seeds-test.json', 'seeds-hard.json']) {
      const [first, second] = [1, 2].map((seed) => readFileSync(at(`seeds/idle/seed-${seed}/${file}`), 'utf8'));
      expect(first).toBe(second);
      const { seeds, figures } = JSON.parse(first ?? '') as SeedSpread;
      const { mean, deviation, values } = figures['kind.accuracy'];
      const [a = NaN, b = NaN] = values;
      expect([seeds, values.length]).toEqual([[1, 2], 2]);
      expect(mean).toBeCloseTo((a + b) / 2);
      expect(deviation).toBeCloseTo(Math.abs(a - b) / Math.SQRT2);
    }
  });

  it('uses finished runs again while spec and data are the same', async () => {
    await compare('a', ['--seeds', '2']);
    const trainedAt = () => statSync(at('a/bow/seed-1/run.json')).mtimeMs;
    const before = trainedAt();
    const { notes } = await compare('a', ['--seeds', '2']);
    expect(notes.match(/finished run used again/g)).toHaveLength(4);
    expect(trainedAt()).toBe(before);
    const changed = await compare('a', ['--set', 'idle:training.batchSize=2']);
    expect(changed.notes.match(/finished run used again/g)).toHaveLength(1);
    const data = readFileSync(at('train.jsonl'), 'utf8');
    writeFileSync(at('train.jsonl'), data.replace('a plum', 'a fig'));
    expect((await compare('a')).notes).not.toContain('used again');
    writeFileSync(at('train.jsonl'), data);
  });

  it('with --overwrite replaces its own runs and nothing else', async () => {
    await compare('d', ['--set', 'training.epochs=1']);
    writeFileSync(at('d/notes.txt'), 'mine');
    const { code, notes } = await compare('d', ['--set', 'training.epochs=1', '--overwrite']);
    expect(code).toBe(0);
    expect(notes).not.toContain('used again');
    expect(readFileSync(at('d/notes.txt'), 'utf8')).toBe('mine');
  });

  it('goes on where it was interrupted', async () => {
    const interrupted = await compare('b', [], {
      onNote: (note, interrupt) => {
        if (note.includes('epoch  3/20')) interrupt();
      },
    });
    expect(interrupted.code).toBe(130);
    expect(interrupted.notes).toMatch(
      /bow: interrupted and saved in \S+ after 3 whole epochs\.\nThe same command goes on\.\n$/,
    );
    const { code, notes } = await compare('b');
    expect(code).toBe(0);
    expect(notes).toContain('20 epochs × 3 updates, going on in epoch 4');
  });

  it('gives everything as JSON', async () => {
    const { out } = await compare('a', ['--json', '--reference', 'idle']);
    expect(JSON.parse(out)).toMatchObject({
      metric: 'kind.accuracy',
      reference: 'idle',
      rival: 'bow',
      models: [{ name: 'bow', runs: [{ seed: 1, figures: { 'kind.accuracy': 1 } }] }, { name: 'idle' }],
    });
  });

  it('sets further test splits apart, each with its own table and lead', async () => {
    const hard = ['--set', 'data.splits.hard=validation.jsonl'];
    const { out, notes } = await compare('hard', [...hard, '--set', 'training.epochs=1']);
    expect(out).toMatch(/\nmodel +hard accuracy +hard macro-f1\n/);
    expect(out).toMatch(
      /\nOn hard, (bow|idle) leads (bow|idle), the best other, by .*paired bootstrap over hard samples/,
    );
    expect(out).toContain('Published figures: none; no spec here stands for a row');
    const report = readFileSync(at('hard/report.html'), 'utf8');
    expect(report).toContain('Comparison on hard');
    expect(notes).not.toContain('error');
    const { out: json } = await compare('hard', [...hard, '--set', 'training.epochs=1', '--json']);
    expect(JSON.parse(json)).toMatchObject({
      split: 'test',
      further: [{ split: 'hard', models: [{ name: 'bow' }, { name: 'idle' }] }],
    });
  });

  it('compares on the split asked for alone, to choose settings without a look at the test split', async () => {
    const { code, out } = await compare('a', ['--seeds', '2', '--split', 'validation']);
    expect(code).toBe(0);
    expect(out).toMatch(/\nmodel +validation accuracy +validation macro-f1\n/);
    expect(out).not.toContain('test accuracy');
    const missing = await compare('a', ['--seeds', '2', '--split', 'dev']);
    expect(missing).toMatchObject({ code: 2, notes: expect.stringContaining('unknown split "dev". Known: train,') });
  });

  it('shows the figures of the row of a paper that a spec declares', async () => {
    const row = ['--set', 'bow:published.task=food101', '--set', 'bow:published.model=mmbt'];
    const { out } = await compare('a', ['--seeds', '2', ...row]);
    expect(out).toMatch(/\nmodel +test accuracy +paper's +test macro-f1 +parameters +training\n/);
    expect(out).toMatch(/\nbow +100\.0 ± 0\.0 +92\.1 ± 0\.1 \[1\] /);
    expect(out).toMatch(/\n\[1\] The paper's, test of UPMC Food-101: Kiela et al\./);
  });

  it('fails when a lead that was asked for does not hold', async () => {
    const held = await compare('a', ['--reference', 'bow', '--lead', '1']);
    expect(held).toMatchObject({
      code: 0,
      notes: expect.stringContaining('bow leads every other model by at least 1 points'),
    });
    const short = await compare('a', ['--reference', 'bow', '--lead', '101']);
    expect(short.code).toBe(1);
    expect(short.notes).toMatch(
      /bow must lead every other model by at least 101 points of kind\.accuracy, got idle by/,
    );
  });

  it('refuses specs without a head in common before it trains any', async () => {
    const spec = tinyBowSpec({ name: 'other' });
    writeFileSync(at('other.json'), JSON.stringify({ ...spec, heads: { sort: { type: 'single-label' } } }));
    const { code, notes } = await runTessera(['compare', at('bow.json'), at('other.json'), '--to', at('none')]);
    expect(code).toBe(2);
    expect(notes).toContain(
      'compare: the specs must have a head in common, got bow with kind (single-label); other with sort (single-label).',
    );
    expect(existsSync(at('none'))).toBe(false);
  });

  it('on a terminal leaves one line for each training', async () => {
    const { notes } = await compare('c', [], { columns: 100 });
    expect(notes).toMatch(/bow: 20 epochs in \S+ s {2}loss \S+ {2}val accuracy 1\.000 \(best 1\.000 in epoch \d+\)\n/);
    expect(notes).not.toMatch(/\nbow {2}epoch 3\/20 {2}loss/);
  });

  it.each([
    [['--reference', 'mmbt'], /--reference must be one of bow, idle, got "mmbt"/],
    [['--lead', 'much'], /It must be a number of at least 0/],
    [['--seeds', '0'], /a number of seeds or a list/],
    [['--jobs', '0'], /whole number of at least 1/],
    [['--set', 'bwo:training.epochs=1'], /no spec has the name "bwo".*Names here: bow, idle/],
    [['--set', 'idle:name=bow'], /every spec needs a name of its own, got "bow" twice/],
    [['--set', 'idle:published.task=food101'], /idle\.json: published\.model: is required/],
    [['--set', 'idle:training.epocs=1'], /idle\.json: training\.epocs: unknown key "epocs"/],
  ])('refuses %j before it trains', async (args, message) => {
    const { code, notes } = await compare('none', args);
    expect(notes).toMatch(message);
    expect(code).toBe(2);
    expect(() => statSync(at('none'))).toThrow('ENOENT');
  });
});
