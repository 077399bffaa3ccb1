import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tinyPlugin } from '../../test/tinyParts.js';
import {
  batchTensors,
  createWorkbench,
  DataError,
  defineFusion,
  definePlugin,
  disposeBatch,
  inferenceContext,
  type Batch,
  type ForwardContext,
} from '../index.js';

beforeAll(() => setBackend('cpu'));

const workbench = createWorkbench({ plugins: [tinyPlugin] });
const spec = workbench.defineModel({
  modalities: { row: { encoder: 'numbers' }, title: { encoder: 'letters', alphabet: 'abc' } },
  fusion: { type: 'table-mean' },
  heads: { kind: { type: 'label', labels: ['cat', 'dog'] }, size: { type: 'amount' } },
});
const make = () => workbench.build(spec);
let model: Awaited<ReturnType<typeof make>>;
let tensors: number;
beforeEach(async () => {
  tensors = memory().numTensors;
  model = await make();
});
afterEach(() => {
  model.dispose();
  expect(memory().numTensors).toBe(tensors);
});

const prepareAll = (rows: readonly Record<string, unknown>[], targets: readonly Record<string, unknown>[] = []) =>
  Promise.all(rows.map((inputs, i) => model.prepare({ inputs, targets: targets[i], origin: `row ${i + 1}` })));
const valuesOf = async (batch: Batch): Promise<Record<string, readonly number[]>> =>
  Object.fromEntries(
    await Promise.all(batchTensors(batch).map(async ([name, tensor]) => [name, [...(await tensor.data())]] as const)),
  );

describe('prepare', () => {
  it('prepares each modality that is there', async () => {
    const prepared = await model.prepare({
      id: '7',
      inputs: { row: [1, 2] },
      targets: { kind: 'cat' },
      origin: 'row 1',
    });
    expect(prepared).toEqual({
      id: '7',
      inputs: { row: Float32Array.of(1, 2) },
      targets: { kind: 'cat' },
      origin: 'row 1',
    });
  });

  it('takes null for absent', async () => {
    const prepared = await model.prepare({ inputs: { row: null, title: 'ab' } });
    expect(Object.keys(prepared.inputs)).toEqual(['title']);
  });

  it('hands on the augmentation seed', async () => {
    const prepared = await model.prepare({ inputs: { row: [1] } }, { augmentationSeed: 5 });
    expect(prepared.inputs['row']).toEqual(Float32Array.of(6));
  });

  it('names sample and modality of an input that cannot be prepared, and keeps the cause', async () => {
    const failing = model.prepare({ inputs: { row: 'x' }, origin: 'train.jsonl, row 3' });
    await expect(failing).rejects.toThrow('train.jsonl, row 3, row: must be a list of numbers, got string.');
    await expect(failing).rejects.toBeInstanceOf(DataError);
    await expect(failing).rejects.toHaveProperty('cause.name', 'DataError');
  });

  it('names a modality that the model lacks', async () => {
    await expect(model.prepare({ inputs: { titel: 'a' }, origin: 'row 1' })).rejects.toThrow(
      'row 1: unknown modality "titel". Known: row, title.',
    );
  });

  it('refuses a sample without any modality', async () => {
    await expect(model.prepare({ inputs: {}, origin: 'row 1' })).rejects.toThrow(
      'row 1: a sample needs at least one modality, got none. Give one of: row, title.',
    );
  });
});

describe('collate', () => {
  it('joins samples; an absent modality is zeros with an all-zero mask', async () => {
    const batch = model.collate(await prepareAll([{ row: [1, 2] }, { title: 'ab' }]));
    expect(await valuesOf(batch)).toEqual({
      'inputs.row.values': [1, 2, 0, 0],
      'inputs.row.mask': [1, 1, 0, 0],
      'inputs.title.ids': [0, 0, 0, 1, 2, 0],
      'inputs.title.mask': [0, 0, 0, 1, 1, 1],
      'present.row': [1, 0],
      'present.title': [0, 1],
    });
    expect(batch.size).toBe(2);
    disposeBatch(batch);
  });

  it('collates targets, and marks samples without a label', async () => {
    const samples = await prepareAll([{ row: [1] }, { row: [2] }], [{ kind: 'dog', size: 3 }, { size: 4 }]);
    const batch = model.collate(samples);
    const values = await valuesOf(batch);
    expect(values['targets.kind']).toEqual([1, 0]);
    expect(values['labelled.kind']).toEqual([1, 0]);
    expect(values['targets.size']).toEqual([3, 4]);
    expect(values['labelled.size']).toEqual([1, 1]);
    disposeBatch(batch);
  });

  it('has no targets in prediction', async () => {
    const batch = model.collate(await prepareAll([{ row: [1] }]));
    expect(batch.targets).toEqual({});
    expect(batch.labelled).toEqual({});
    disposeBatch(batch);
  });

  it('masks out chosen samples of a modality', async () => {
    const samples = await prepareAll([
      { row: [1], title: 'a' },
      { row: [2], title: 'b' },
    ]);
    const batch = model.collate(samples, { masked: { title: new Set([1]) } });
    expect((await valuesOf(batch))['present.title']).toEqual([1, 0]);
    expect((await valuesOf(batch))['present.row']).toEqual([1, 1]);
    disposeBatch(batch);
  });

  it('frees what it made when a target is unknown', async () => {
    const samples = await prepareAll([{ row: [1] }], [{ kind: 'cow' }]);
    const before = memory().numTensors;
    expect(() => model.collate(samples)).toThrow('unknown label "cow"');
    expect(memory().numTensors).toBe(before);
  });
});

describe('forward', () => {
  const logits = async (rows: readonly Record<string, unknown>[], masked?: Record<string, Set<number>>) => {
    const batch = model.collate(await prepareAll(rows), { masked });
    const out = tidy(() => model.forward(batch, inferenceContext()).logits['kind']);
    const values = [...((await out?.data()) ?? [])];
    out?.dispose();
    disposeBatch(batch);
    return values;
  };

  it('gives every head its logits', async () => {
    const batch = model.collate(await prepareAll([{ row: [1] }, { row: [2], title: 'abc' }]));
    tidy(() => {
      const { state, logits: all } = model.forward(batch, inferenceContext());
      expect(state.pooled.shape).toEqual([2, 5]);
      expect([all['kind']?.shape, all['size']?.shape]).toEqual([
        [2, 2],
        [2, 1],
      ]);
    });
    disposeBatch(batch);
  });

  it('treats a masked modality as an absent one', async () => {
    const masked = await logits([{ row: [1], title: 'abc' }], { title: new Set([0]) });
    expect(masked).toEqual(await logits([{ row: [1] }]));
    expect(masked).not.toEqual(await logits([{ row: [1], title: 'abc' }]));
  });

  it('does not mix the samples of a batch', async () => {
    const [a, b] = [{ row: [1, 2, 3] }, { title: 'cab' }];
    expect(await logits([a, b])).toEqual([...(await logits([a])), ...(await logits([b]))]);
  });

  it('names a modality that the batch lacks', async () => {
    const batch = model.collate(await prepareAll([{ row: [1] }]));
    const { title, ...rest } = batch.inputs;
    expect(title).toBeDefined();
    expect(() => tidy(() => void model.forward({ ...batch, inputs: rest }, inferenceContext()))).toThrow(
      'Model: the batch lacks modality "title". Collate it with this model.',
    );
    disposeBatch(batch);
  });

  it('leaves the batch to its owner, and leaks nothing', async () => {
    const batch = model.collate(await prepareAll([{ row: [1], title: 'a' }]));
    const before = memory().numTensors;
    const pass = (): void => void tidy(() => model.forward(batch, inferenceContext()).logits['kind']?.size);
    pass();
    pass();
    expect(memory().numTensors).toBe(before);
    expect(batchTensors(batch).every(([, tensor]) => !tensor.isDisposed)).toBe(true);
    disposeBatch(batch);
  });
});

describe('a modality that is absent', () => {
  const build = (absent: 'mask' | 'token') =>
    workbench.build({
      ...spec,
      modalities: { row: { encoder: 'numbers', absent }, title: { encoder: 'letters', alphabet: 'abc' } },
    });
  const parameterAt = ({ parameters }: Awaited<ReturnType<typeof build>>, path: string) => {
    const parameter = parameters.find(path);
    if (!parameter) throw new Error(`no parameter ${path}`);
    return parameter;
  };
  const logitsOf = async (of: Awaited<ReturnType<typeof build>>, rows: readonly Record<string, unknown>[]) => {
    const prepared = await Promise.all(rows.map((inputs) => of.prepare({ inputs })));
    return (await of.logits(prepared)).map(({ kind }) => [...(kind ?? [])]);
  };

  it('shows the fusion nothing by default, and one learned token where the spec says so', async () => {
    const [masked, learned] = [await build('mask'), await build('token')];
    try {
      expect(masked.parameters.list().some(({ path }) => path.includes('absent'))).toBe(false);
      const token = parameterAt(learned, 'modalities.row.absent');
      expect(token.value.shape).toEqual([3]);
      const before = await logitsOf(learned, [{ title: 'ab' }]);
      expect(before).not.toEqual(await logitsOf(masked, [{ title: 'ab' }]));
      tidy(() => token.value.assign(zerosLike(token.value)));
      // The fusion averages a block's tokens, so that a token of zeros is what an empty block gives.
      expect(await logitsOf(learned, [{ title: 'ab' }])).toEqual(await logitsOf(masked, [{ title: 'ab' }]));
    } finally {
      masked.dispose();
      learned.dispose();
    }
  });

  it.each(['mask', 'token'] as const)(
    'is the same beside any companions, which it leaves alone: %s',
    async (absent) => {
      const made = await build(absent);
      try {
        const [lacking, whole] = [{ title: 'ab' }, { row: [1, 2, 3, 4], title: 'c' }];
        const [alone] = await logitsOf(made, [lacking]);
        const [full] = await logitsOf(made, [whole]);
        expect(await logitsOf(made, [whole, lacking, { row: [9] }])).toMatchObject([full, alone, {}]);
      } finally {
        made.dispose();
      }
    },
  );
});

describe('predict', () => {
  it('gives every head a prediction', async () => {
    const { kind, size } = await model.predict({ row: [1, 2], title: 'abc' });
    expect(['cat', 'dog']).toContain(kind.label);
    expect(size).toBeTypeOf('number');
  });

  it('gives the same in any batch size', async () => {
    const samples = [{ row: [1] }, { row: [2, 3] }, { title: 'abc' }, { row: [9], title: 'c' }, { row: [0.5] }];
    const one = await model.predictAll(samples, { batchSize: 1 });
    expect(await model.predictAll(samples, { batchSize: 2 })).toEqual(one);
    expect(await model.predictAll(samples)).toEqual(one);
    expect(one).toHaveLength(5);
  });

  it('predicts nothing for no samples', async () => {
    expect(await model.predictAll([])).toEqual([]);
  });

  it('numbers the samples in messages', async () => {
    const samples = [{ row: [1] }, { row: [1] }, { row: 'x' as never }];
    await expect(model.predictAll(samples, { batchSize: 2 })).rejects.toThrow(/^sample 3, row: /);
  });

  it('frees the batch when a part fails', async () => {
    const failing = defineFusion({
      name: 'failing',
      summary: '',
      config: z.object({}),
      create: () => ({
        pooledWidth: 1,
        fuse: () => {
          throw new Error('broken');
        },
      }),
    });
    const other = createWorkbench({ plugins: [tinyPlugin, definePlugin({ name: 'failing', components: [failing] })] });
    const broken = await other.build({
      modalities: { row: { encoder: 'numbers' } },
      fusion: { type: 'failing' },
      heads: { size: { type: 'amount' } },
    });
    const before = memory().numTensors;
    await expect(broken.predict({ row: [1] })).rejects.toThrow('broken');
    expect(memory().numTensors).toBe(before);
    broken.dispose();
  });
});

describe('the context of inference', () => {
  it('is not random and updates nothing', () => {
    const context: ForwardContext = inferenceContext({ wantsAttentions: true });
    expect(context).toMatchObject({ training: false, wantsAttentions: true });
    expect(context.usesBatchStatistics('any')).toBe(false);
    expect(() => context.nextSeed()).toThrow('nothing is random outside training');
  });
});
