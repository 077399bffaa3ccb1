import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tinyPlugin } from '../test/tinyParts.js';
import {
  CheckpointError,
  checkpointReader,
  createWorkbench,
  inversifyContainer,
  logger,
  SpecError,
  toPlainSpec,
  type CheckpointReader,
  type InitialSpec,
  type Model,
  type ParameterSource,
  type SavedModel,
  type Workbench,
} from './index.js';
import { tsyringeContainer } from './tsyringe.js';

beforeAll(() => setBackend('cpu'));

const spec = {
  modalities: { row: { encoder: 'numbers' } },
  fusion: { type: 'mean' },
  heads: { kind: { type: 'label', labels: ['cat', 'dog'] }, size: { type: 'amount' } },
} as const;

/** Saved models by location, held in memory; counts what is opened and not closed. */
class FakeReader implements CheckpointReader {
  readonly saved = new Map<string, SavedModel>();
  open = 0;

  async save(location: string, model: Model, leaveOut: (path: string) => boolean = () => false): Promise<void> {
    const values = new Map<string, { shape: readonly number[]; values: Float32Array }>();
    for (const { path, shape, value } of model.parameters.list()) {
      if (!leaveOut(path)) values.set(path, { shape, values: await value.data<'float32'>() });
    }
    const parameters: ParameterSource = {
      description: location,
      read: (path) => values.get(path),
      close: () => void (this.open -= 1),
    };
    this.saved.set(location, { spec: toPlainSpec(model.spec), assets: model.assets, parameters });
  }

  async read(location: string): Promise<SavedModel> {
    const saved = this.saved.get(location);
    if (!saved) throw new CheckpointError(`${location}: no checkpoint.`);
    this.open += 1;
    return saved;
  }

  async readParameters(location: string): Promise<ParameterSource> {
    return (await this.read(location)).parameters;
  }
}

let reader: FakeReader;
let said: string[];
let workbench: Workbench<(typeof tinyPlugin)['components'][number]>;
let tensors: number;
beforeEach(() => {
  tensors = memory().numTensors;
  reader = new FakeReader();
  said = [];
  const container = inversifyContainer();
  container.bind(checkpointReader, { value: reader });
  container.bind(logger, {
    value: { info: (text) => void said.push(`info ${text}`), warn: (text) => void said.push(`warn ${text}`) },
  });
  workbench = createWorkbench({ plugins: [tinyPlugin], container });
});
afterEach(() => {
  workbench.dispose();
  expect(memory().numTensors).toBe(tensors);
  expect(reader.open).toBe(0);
});

const predict = async (model: { predictAll(samples: readonly { row: readonly number[] }[]): Promise<unknown> }) =>
  model.predictAll([{ row: [1, 2] }, { row: [-3] }]);

describe('build and predict', () => {
  it.each([
    ['inversify', inversifyContainer],
    ['tsyringe', tsyringeContainer],
  ])('work on %s', async (_, engine) => {
    const own = createWorkbench({ plugins: [tinyPlugin], container: engine() });
    const model = await own.build({
      modalities: { row: { encoder: 'numbers' }, title: { encoder: 'letters', alphabet: 'abc' } },
      fusion: { type: 'table-mean' },
      heads: { size: { type: 'amount' } },
    });
    const { size } = await model.predict({ row: [1], title: 'ab' });
    expect(Number.isFinite(size)).toBe(true);
    own.dispose();
    expect(memory().numTensors).toBe(tensors);
  });

  it('refuse a faulty spec, at definition as at building', async () => {
    const faulty = { ...spec, fusion: { type: 'meen' } } as unknown as typeof spec;
    expect(() => workbench.defineModel(faulty)).toThrow(SpecError);
    await expect(workbench.build(faulty)).rejects.toThrow('fusion.type: unknown fusion "meen".');
  });

  it('say that labels are neither given nor learnable', async () => {
    const unlabelled = { ...spec, heads: { kind: { type: 'label' } } } as const;
    await expect(workbench.build(unlabelled)).rejects.toThrow('heads.kind.labels: is required without training data.');
  });
});

describe('defineModel', () => {
  it('returns the spec as it is', () => {
    expect(workbench.defineModel(spec)).toBe(spec);
  });
});

describe('openData', () => {
  it('opens the data that a spec names', async () => {
    const data = { type: 'inline', train: [{ row: [1], kind: 'cat' }] };
    const dataset = await workbench.openData(workbench.resolve({ ...spec, data }));
    expect(dataset.splits['train']?.sample(0)).toMatchObject({ inputs: { row: [1] }, targets: { kind: 'cat' } });
  });

  it('says that a spec names none', async () => {
    await expect(workbench.openData(workbench.resolve(spec))).rejects.toThrow(
      'data: is required to train or evaluate: where the samples are. Known types: inline.',
    );
  });
});

describe('load', () => {
  it('gives the model that was saved', async () => {
    const model = await workbench.build({ ...spec, training: { seed: 5 } });
    await reader.save('runs/a', model);
    const loaded = await workbench.load<typeof spec>('runs/a');
    expect(await predict(loaded)).toEqual(await predict(model));
    expect(loaded.spec).toEqual(model.spec);
  });

  it('passes on that there is none', async () => {
    await expect(workbench.load('runs/nowhere')).rejects.toThrow('runs/nowhere: no checkpoint.');
  });

  it('refuses a model that lacks a parameter', async () => {
    await reader.save('runs/a', await workbench.build(spec), (path) => path === 'heads.kind.bias');
    await expect(workbench.load('runs/a')).rejects.toThrow(CheckpointError);
    await expect(workbench.load('runs/a')).rejects.toThrow(/got none for heads.kind.bias in runs\/a/);
  });

  it('says which plugin is missing', async () => {
    await reader.save('runs/a', await workbench.build(spec));
    const bare = createWorkbench({ plugins: [], container: workbench.container.child() });
    await expect(bare.load('runs/a')).rejects.toThrow(/modalities.row.encoder: unknown encoder "numbers"/);
  });
});

describe('initialize', () => {
  const from = (initialize: Readonly<Record<string, InitialSpec>>) => workbench.build({ ...spec, initialize });
  beforeEach(async () => {
    const other = await workbench.build({ ...spec, training: { seed: 99 } });
    await reader.save('runs/a', other);
    await reader.save('runs/half', other, (path) => path.endsWith('bias'));
  });
  const valueOf = async (model: unknown, path: string): Promise<number[]> => [
    ...((await (model as Model).parameters.find(path)?.value.data()) ?? []),
  ];

  it('takes what lies below a path and leaves the rest', async () => {
    const [fresh, saved] = [await workbench.build(spec), await workbench.load('runs/a')];
    const model = await from({ 'modalities.row': 'runs/a' });
    const encoder = 'modalities.row.encoder.weight';
    expect(await valueOf(model, encoder)).toEqual(await valueOf(saved, encoder));
    expect(await valueOf(model, encoder)).not.toEqual(await valueOf(fresh, encoder));
    expect(await valueOf(model, 'heads.kind.weight')).toEqual(await valueOf(fresh, 'heads.kind.weight'));
    expect(said).toEqual(['info initialize.modalities.row: 1 of 1 parameters from runs/a.']);
  });

  it('looks below the folder of the spec', async () => {
    const saved = reader.saved.get('runs/a');
    if (saved) reader.saved.set('project/runs/a', saved);
    await workbench.build({ ...spec, initialize: { heads: 'runs/a' } }, { baseFolder: 'project' });
    expect(said).toEqual(['info initialize.heads: 3 of 3 parameters from runs/a.']);
  });

  it('goes by the longest path that has the parameter', async () => {
    const third = await workbench.build({ ...spec, training: { seed: 3 } });
    await reader.save('runs/third', third);
    const model = await from({ heads: 'runs/a', 'heads.kind': 'runs/third' });
    expect(await valueOf(model, 'heads.kind.weight')).toEqual(await valueOf(third, 'heads.kind.weight'));
    expect(said[1]).toBe('info initialize.heads: 1 of 3 parameters from runs/a.');
  });

  it('refuses a source that lacks a parameter, unless the spec allows it', async () => {
    await expect(from({ heads: 'runs/half' })).rejects.toThrow(
      'initialize.heads: runs/half must have every parameter below "heads", got none for 1 of 3: heads.kind.bias. ' +
        'Allow it with initialize: { heads: { from: runs/half, missing: ["heads.kind.bias"] } }, or name another file.',
    );
    await from({ heads: { from: 'runs/half', missing: 'heads.*.bias' } });
    expect(said).toEqual(['info initialize.heads: 2 of 3 parameters from runs/half; 1 start anew: heads.kind.bias.']);
  });

  it('names every array of another shape', async () => {
    const saved = reader.saved.get('runs/a');
    const wide = (path: string) =>
      saved?.parameters.read(path) ? { shape: [9], values: new Float32Array(9) } : undefined;
    if (saved) reader.saved.set('runs/wide', { ...saved, parameters: { ...saved.parameters, read: wide } });
    await expect(from({ heads: 'runs/wide' })).rejects.toThrow(
      /initialize\.heads: runs\/wide must have arrays of the model's shapes, got heads\.kind\.weight \[9\] instead of \[\d, 2\], heads\.kind\.bias \[9\] instead of \[2\], heads\.size/,
    );
  });

  it('refuses a path that the model lacks, with the nearest', async () => {
    await expect(from({ 'modalities.rwo.encoder': 'runs/a' })).rejects.toThrow(
      'initialize.modalities.rwo.encoder: the model has no parameters below "modalities.rwo.encoder". ' +
        'Known: modalities.row.encoder, heads.kind, heads.size. Did you mean "modalities.row.encoder"?',
    );
  });

  it('refuses a path below which the source has nothing', async () => {
    await expect(from({ 'heads.kind.bias': 'runs/half' })).rejects.toThrow(SpecError);
    await expect(from({ 'heads.kind.bias': 'runs/half' })).rejects.toThrow(
      'initialize.heads.kind.bias: runs/half must have parameters below "heads.kind.bias", got none of 1, ' +
        'such as heads.kind.bias. Name the path that its parameters have, or another file.',
    );
  });

  it('closes what it opened when another source is missing', async () => {
    await expect(from({ heads: 'runs/a', fusion: 'runs/nowhere' })).rejects.toThrow('runs/nowhere: no checkpoint.');
  });

  it('is not looked at again when a saved model is loaded', async () => {
    await reader.save('runs/b', await from({ heads: 'runs/a' }));
    reader.saved.delete('runs/a');
    await expect(workbench.load('runs/b')).resolves.toBeDefined();
  });

  it('needs a reader of saved models', async () => {
    const bare = createWorkbench({ plugins: [tinyPlugin] });
    await expect(bare.build({ ...spec, initialize: { heads: 'runs/a' } })).rejects.toThrow(
      /^initialize: no reader of saved models is bound/,
    );
  });
});

describe('a workbench', () => {
  it('publishes the JSON Schema of its plugins', () => {
    expect(JSON.stringify(workbench.jsonSchema())).toContain('"numbers"');
  });

  it('writes a spec out with its defaults', () => {
    expect(workbench.plainSpec(workbench.resolve(spec))).toMatchObject({ training: { batchSize: 32 } });
  });

  it('keeps the logger that is bound', () => {
    workbench.container.get(logger).info('hello');
    expect(said).toEqual(['info hello']);
  });

  it('is silent without one', () => {
    expect(() => createWorkbench({ plugins: [] }).container.get(logger).warn('unheard')).not.toThrow();
  });
});
