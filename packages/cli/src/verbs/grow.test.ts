import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSaved, RunFolder } from '@tessera/training';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../../test/runTessera.js';
import {
  jsonLines,
  tinyBowSpec,
  tinyFileSpec,
  tinyRows,
  writeTinyFiles,
  type Row,
} from '../../../../test/tinyFiles.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const image = '{ encoder: resnet18, width: 4, stem: small, input: { size: 8 }, pool: { grid: [1, 1] } }';

beforeAll(async () => {
  writeTinyFiles((folder = mkdtempSync(join(tmpdir(), 'tessera-grow-'))));
  const pixels = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fa0' } })
    .png()
    .toBuffer();
  writeFileSync(at('cat.png'), pixels);
  writeFileSync(at('both.jsonl'), jsonLines(tinyRows(8).map((row, i) => (i % 3 ? { ...row, image: 'cat.png' } : row))));
  await train('run', tinyFileSpec());
});
afterEach(() => ['run-grown', 'next'].forEach((name) => rmSync(at(name), { recursive: true, force: true })));
afterAll(() => rmSync(folder, { recursive: true }));

const tessera = (...args: string[]) => runTessera(args);
async function train(name: string, spec: Row): Promise<void> {
  writeFileSync(at(`${name}.json`), JSON.stringify(spec));
  const { code, notes } = await tessera('train', at(`${name}.json`), '--to', at(name));
  expect(code, notes).toBe(0);
}
const grow = (...args: string[]) => tessera('grow', at('run'), ...args);

/** What a run predicts for the test rows, and the figures; the samples' subsets are told by the names of modalities. */
async function predictionsOf(run: string): Promise<string> {
  const { code, notes } = await tessera('evaluate', run);
  expect(code, notes).toBe(0);
  const { figures, heads } = JSON.parse(readFileSync(join(run, 'evaluation-test.json'), 'utf8')) as Row;
  return JSON.stringify({ figures, heads });
}

/** All parameters of a run by path. */
function parametersOf(run: string): Map<string, Float32Array> {
  const saved = openSaved(run);
  const file = saved.openParameters();
  const values = new Map(file.names.map((name) => [name, file.read(name)?.values ?? new Float32Array()]));
  file.close();
  saved.close();
  return values;
}

describe('tessera grow', () => {
  it.each([
    ['bitransformer', tinyFileSpec()],
    ['concat', tinyBowSpec()],
    ['late', tinyBowSpec({ fusion: { type: 'late' } })],
  ])('leaves predictions without the new modality exactly as they were: %s', async (name, spec) => {
    await train(name, spec);
    const { code, notes } = await tessera('grow', at(name), '--add', `image=${image}`);
    expect(code, notes).toBe(0);
    expect(await predictionsOf(at(`${name}-grown`))).toBe(await predictionsOf(at(name)));
    const [before, after] = [parametersOf(at(name)), parametersOf(at(`${name}-grown`))];
    for (const [path, values] of before) {
      const grown = after.get(path) ?? new Float32Array();
      if (grown.length === values.length) expect([...grown], path).toEqual([...values]);
      else expect(path).toMatch(/segment|^heads\.kind\.output\.weight$|^fusion\./);
    }
    expect([...after.keys()].some((path) => path.startsWith('modalities.image.'))).toBe(true);
  });

  it('adds a row of segments and a projection, the old rows as they were', async () => {
    await grow('--add', `image=${image}`, '--add', `second=${image}`);
    const [before, after] = [parametersOf(at('run')), parametersOf(at('run-grown'))];
    const [old, rows] = ['fusion.embeddings.segment.weight'].flatMap((path) => [before.get(path), after.get(path)]);
    expect([old?.length, rows?.length]).toEqual([2 * 8, 3 * 8]);
    expect(rows?.subarray(0, 16)).toEqual(old);
    const anew = [...after.keys()].filter((path) => !before.has(path) && !path.startsWith('modalities.'));
    expect(new Set(anew.map((path) => path.split('.').slice(0, 3).join('.')))).toEqual(
      new Set(['fusion.projections.image', 'fusion.projections.second']),
    );
  });

  it('predicts with the new modality, and without it', async () => {
    const { notes } = await grow('--add', `image=${image}`);
    expect(notes).toMatch(/initialize: 25 of \d+ parameters from .*run; \d+ start anew: /);
    expect(notes).toMatch(/Next: tessera predict .*run-grown --text … --image …\n/);
    const ask = (run: string, ...args: string[]) => tessera('predict', run, '--text', 'a pear', '--json', ...args);
    expect((await ask(at('run-grown'))).out).toBe((await ask(at('run'))).out);
    const both = await ask(at('run-grown'), '--image', at('cat.png'));
    expect(both.code, both.notes).toBe(0);
    expect(both.out).not.toBe((await ask(at('run'))).out);
  });

  it('grows a packed run', async () => {
    await tessera('pack', at('run'), at('run.tessera'));
    const { code, notes } = await tessera('grow', at('run.tessera'), '--add', `image=${image}`, '--json');
    expect(code, notes).toBe(0);
    expect(new RunFolder(at('run-grown')).read()).toMatchObject({ name: 'tiny-grown', history: [] });
  });

  it('shares the vocabulary of a text that is there with a further one', async () => {
    const { code, notes } = await grow('--add', 'title={ encoder: wordpiece, maxTokens: 8 }');
    expect(code, notes).toBe(0);
    const { assets } = openSaved(at('run-grown'));
    expect(assets['modalities.title']).toEqual(assets['modalities.text']);
  });

  it.each([
    [['--add', 'image'], /--add: must be NAME=ENCODER, got "image"/],
    [['--add', '=resnet18'], /--add: must be NAME=ENCODER/],
    [['--add', 'image={'], /--add: the encoder must be YAML/],
    [['--add', 'text=bow'], /a modality may stand once in a model, got "text"/],
    [['--add', 'a=resnet18', '--add', 'a=resnet18'], /a modality may stand once in a model, got "a"/],
    [['--add', 'image=resnet81'], /modalities\.image\.encoder: unknown encoder "resnet81".*Did you mean "resnet18"/],
    [['--add', 'image={ encoder: resnet18, absent: token }'], /predicted as before, got image with absent: token/],
    [['--add', '2d=resnet18'], /must start with a letter/],
    [['--add', 'words=bow'], /modalities\.words\.vocab: is required where there are no training texts/],
    [['--add', `image=${image}`, '--set', 'fusion.hiddenSize=16'], /must have arrays of the model's shapes/],
    [[], /required option '--add <name=encoder>' not specified/],
  ])('refuses %j and writes nothing', async (args, message) => {
    const { code, notes } = await grow(...args);
    expect(notes).toMatch(message);
    expect(code).toBe(2);
    expect(new RunFolder(at('run-grown')).exists).toBe(false);
  });

  it('refuses a fusion that computes otherwise with more modalities', async () => {
    await train('gated', tinyBowSpec({ fusion: { type: 'gated', hiddenSize: 8 } }));
    const { code, notes } = await tessera('grow', at('gated'), '--add', `image=${image}`);
    expect(code).toBe(2);
    expect(notes).toMatch(
      /fusion: must treat samples without .*gated computes otherwise with 2 modalities than with 1/,
    );
    expect(new RunFolder(at('gated-grown')).exists).toBe(false);
  });

  it('refuses what is no run, and a folder that is there', async () => {
    expect((await tessera('grow', at('none'), '--add', 'image=resnet18')).notes).toMatch(/not a run/);
    expect((await grow('--add', `image=${image}`, '--to', at('run'))).notes).toMatch(/exists already/);
  });

  it('leaves a model that has not been trained since, which cannot be reproduced', async () => {
    await grow('--add', `image=${image}`);
    const { code, notes } = await tessera('reproduce', at('run-grown'));
    expect([code, notes]).toEqual([2, expect.stringContaining('it was not trained')]);
  });
});

describe('a spec that extends a run', () => {
  const spec = {
    extends: './run',
    modalities: { image: { encoder: 'resnet18', width: 4, stem: 'small', input: { size: 8 }, pool: { grid: [1, 1] } } },
    data: { train: 'both.jsonl', allowMissing: ['image'] },
    training: { epochs: 1 },
  };

  it('trains the run’s model on with a further modality, labels and vocabulary as they were', async () => {
    writeFileSync(at('next.json'), JSON.stringify(spec));
    const { code, notes } = await tessera('train', at('next.json'), '--to', at('next'));
    expect(code, notes).toBe(0);
    expect(notes).toMatch(/initialize: 25 of \d+ parameters from /);
    const [before, after] = [openSaved(at('run')), openSaved(at('next'))];
    expect(after.assets['modalities.text']).toEqual(before.assets['modalities.text']);
    expect((after.spec as { name: string }).name).toBe('tiny-grown');
    [before, after].forEach((saved) => saved.close());
    const again = await tessera('reproduce', at('next'), '--to', at('run-grown'));
    expect(again.code, again.notes + again.out).toBe(0);
  });

  it('may add a head, which starts anew', async () => {
    const rows = tinyRows(8).map((row, i) => ({ ...row, size: i % 2 ? 'big' : 'small' }));
    writeFileSync(at('sizes.jsonl'), jsonLines(rows));
    const data = { train: 'sizes.jsonl', validation: 'sizes.jsonl', test: 'sizes.jsonl' };
    const heads = { size: { type: 'single-label' } };
    writeFileSync(at('next.json'), JSON.stringify({ ...spec, modalities: {}, heads, data }));
    const { code, notes } = await tessera('train', at('next.json'), '--to', at('next'));
    expect(code, notes).toBe(0);
    expect(notes).toMatch(/start anew: heads\.size\./);
  });

  it('is refused where the run’s own parts are others', async () => {
    const fusion = { hiddenSize: 16 };
    writeFileSync(at('next.json'), JSON.stringify({ ...spec, fusion }));
    const { code, notes } = await tessera('train', at('next.json'), '--to', at('next'));
    expect([code, notes]).toEqual([2, expect.stringContaining("must have arrays of the model's shapes")]);
  });

  it('is refused where its fusion predicts old samples otherwise, before anything is written', async () => {
    await train('gate', tinyBowSpec({ fusion: { type: 'gated', hiddenSize: 8 } }));
    writeFileSync(at('next.json'), JSON.stringify({ ...spec, extends: './gate' }));
    const { code, notes } = await tessera('train', at('next.json'), '--to', at('next'));
    expect([code, notes]).toEqual([2, expect.stringMatching(/gated computes otherwise with 2 modalities than with 1/)]);
    expect(new RunFolder(at('next')).exists).toBe(false);
  });

  it('can only grow from a run', async () => {
    const weights = join(at('run'), 'checkpoints');
    const [name = ''] = [new RunFolder(at('run')).read().checkpoints.best ?? ''];
    const initialize = { fusion: { from: join(weights, name, 'model.safetensors'), grow: true } };
    writeFileSync(at('next.json'), JSON.stringify(tinyFileSpec({ initialize })));
    const { code, notes } = await tessera('train', at('next.json'), '--to', at('next'));
    expect([code, notes]).toEqual([2, expect.stringContaining('a model can only grow from a run, got')]);
  });
});
