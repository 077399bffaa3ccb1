// The paper's six models for four tasks (examples/paper): every spec is accepted as it stands, over rows of the form that
// `tessera data` writes. Towers are made narrow, so that building all of them takes seconds.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { loadSpecFile } from '@tessera/cli';
import { createWorkbench, type ResolvedSpec } from 'tessera';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from './runTessera.js';

const tasks = ['mmimdb', 'food101', 'vsnli', 'hateful-memes'] as const;
const models = ['bow', 'image', 'concat-bow', 'bert', 'concat-bert', 'mmbt'] as const;
const all = tasks.flatMap((task) => models.map((model) => [task, model] as const));

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const labelsOf = {
  mmimdb: [['Drama', 'Crime'], ['Comedy']],
  food101: ['apple_pie', 'baklava'],
  vsnli: ['neutral', 'entailment'],
  'hateful-memes': ['hateful', 'not hateful'],
} as const;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-paper-'));
  cpSync(resolve(import.meta.dirname, '../examples/paper'), folder, { recursive: true });
  const vocab = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'two', 'dogs', 'run', 'a', 'cat'];
  write('bert-base-uncased/vocab.txt', vocab.join('\n'));
  write('glove.840B.300d.txt', `dogs ${'0.5 '.repeat(299)}1\nelsewhere ${'0.5 '.repeat(299)}1\n`);
  const picture = await sharp({ create: { width: 40, height: 32, channels: 3, background: '#385' } })
    .jpeg()
    .toBuffer();
  for (const task of tasks) {
    const rows = [0, 1, 2, 3, 4].map((i) => ({
      id: String(i),
      ...(task === 'vsnli' ? { sentence1: 'Two dogs run.', sentence2: 'A cat' } : { text: 'Two dogs run' }),
      img: 'images/1.jpg',
      label: labelsOf[task][i % 2],
    }));
    write(`${task}/data/images/1.jpg`, picture);
    for (const split of ['train', 'dev', 'test']) {
      write(`${task}/data/${split}.jsonl`, rows.map((row) => JSON.stringify(row)).join('\n'));
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}

/** Overrides that make a spec's towers narrow. */
const narrow = (model: (typeof models)[number]): string[] => {
  const sizes = ['hiddenSize=8', 'numLayers=1', 'numHeads=2'];
  const bert = model === 'bert' || model === 'concat-bert' ? sizes.map((size) => `modalities.text.${size}`) : [];
  const image =
    model === 'bow' || model === 'bert' ? [] : ['modalities.image.width=1', 'modalities.image.input.size=32'];
  const fusion = model === 'mmbt' ? sizes.map((size) => `fusion.${size}`) : [];
  return [...bert, ...image, ...fusion].flatMap((override) => ['--set', override]);
};

interface Inspected {
  readonly name: string;
  readonly heads: Readonly<Record<string, { readonly type: string; readonly labels: readonly string[] }>>;
  readonly parameters: readonly { readonly path: string; readonly shape: readonly number[] }[];
}

async function inspect(task: string, model: (typeof models)[number]): Promise<Inspected> {
  const { code, out, notes } = await runTessera(['inspect', at(task, `${model}.yaml`), '--json', ...narrow(model)]);
  expect(notes).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Inspected;
}

describe('examples/paper', () => {
  it.each(all)('%s/%s is accepted', async (task, model) => {
    const { name, heads } = await inspect(task, model);
    expect(name).toBe(`${task}-${model}`);
    expect(heads['label']?.type).toBe(task === 'mmimdb' ? 'multi-label' : 'single-label');
  });

  it('numbers labels as they first appear in training, but hateful last', async () => {
    expect((await inspect('mmimdb', 'bow')).heads['label']?.labels).toEqual(['Drama', 'Crime', 'Comedy']);
    expect((await inspect('hateful-memes', 'bow')).heads['label']?.labels).toEqual(['not hateful', 'hateful']);
  });

  it('gives MMBT of V-SNLI a segment for the picture and one for each sentence, of other tasks two', async () => {
    const rowsOf = ({ parameters }: Inspected) =>
      parameters.find(({ path }) => path === 'fusion.embeddings.segment.weight')?.shape[0];
    expect(rowsOf(await inspect('vsnli', 'mmbt'))).toBe(3);
    expect(rowsOf(await inspect('food101', 'mmbt'))).toBe(2);
  });

  it('trains by the recipe: MMBT of V-SNLI for two epochs, in which the picture is frozen', async () => {
    const short = [
      'initialize=null',
      'modalities.image.encoder=resnet18',
      'training.epochs=2',
      'training.batchSize=2',
      'training.accumulate=2',
      'training.freeze.image=2',
    ];
    const args = [
      at('vsnli/mmbt.yaml'),
      '--to',
      at('run'),
      ...narrow('mmbt'),
      ...short.flatMap((set) => ['--set', set]),
    ];
    const { code, notes } = await runTessera(['train', ...args]);
    expect(notes).not.toMatch(/error/);
    expect(code).toBe(0);
    const { history } = JSON.parse(readFileSync(at('run/run.json'), 'utf8')) as { history: { updates: number }[] };
    expect(history.map(({ updates }) => updates)).toEqual([1, 3]); // of 3 batches each, counted through the run
  });
});

describe('tessera init --recipe paper', () => {
  it.each(tasks)('%s: writes the MMBT of examples/paper in one file', async (task) => {
    const { code, notes } = await runTessera(['init', at('init', task), '--recipe', 'paper', '--task', task]);
    expect(code).toBe(0);
    expect(notes).toContain(`tessera data ${task} --from downloads/`);
    const written = (await loadSpecFile(at('init', task, 'spec.yaml'))).spec as Record<string, object>;
    const example = (await loadSpecFile(at(task, 'mmbt.yaml'))).spec as Record<string, object>;
    const text = { ...(example['modalities'] as { text: object }).text, vocab: 'vocab.txt' };
    expect(written).toEqual({ ...example, name: task, modalities: { ...example['modalities'], text } });
  });
});

describe('the recipe of the authors', () => {
  const resolved = async (task: string, model: string): Promise<ResolvedSpec> => {
    const workbench = await createWorkbench({ backend: 'cpu' });
    return workbench.resolve((await loadSpecFile(at(task, `${model}.yaml`))).spec as never) as ResolvedSpec;
  };

  it.each(['bert', 'concat-bert', 'mmbt'])(
    '%s: BertAdam, warm-up and decay for each parameter, plateau',
    async (model) => {
      const { training } = await resolved('food101', model);
      const learningRate = model === 'mmbt' ? 5e-5 : 1e-4;
      expect(training).toMatchObject({
        epochs: 100,
        frozenBatchNorm: 'batch',
        decayBatchNorm: true,
        remainder: 'discard',
        keep: 'best',
        evaluateEvery: 1,
        optimizer: {
          type: 'bert-adam',
          options: { learningRate, betas: [0.9, 0.999], epsilon: 1e-6, weightDecay: 0.01, clipNorm: 1 },
        },
        schedule: {
          type: 'plateau',
          options: {
            decay: 'linear',
            warmup: 0.1,
            warmupFrom: 'zero',
            factor: 0.5,
            patience: 2,
          },
        },
      });
      expect(training.schedule.options['epsilon']).toBeCloseTo(1e-8 / learningRate, 10);
      expect(training.clipNorm).toBeUndefined();
    },
  );

  it.each(['bow', 'image', 'concat-bow'])('%s: Adam, plateau', async (model) => {
    const { training } = await resolved('mmimdb', model);
    expect(training).toMatchObject({ batchSize: 128, accumulate: 24, patience: 10, seed: 123 });
    expect(training.optimizer).toMatchObject({ type: 'adam', options: { learningRate: 1e-4, weightDecay: 0 } });
    expect(training.schedule).toMatchObject({ type: 'plateau', options: { decay: 'none', warmup: 0, epsilon: 1e-4 } });
  });
});
