import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freedTables, letterTable, seenStatistics, splitOf, tinyPlugin } from '../../test/tinyParts.js';
import {
  buildModel,
  CheckpointError,
  defineFusion,
  definePlugin,
  inversifyContainer,
  parseSpec,
  Registry,
  SpecError,
  type BuildRequest,
  type Container,
  type Model,
} from '../index.js';

beforeAll(() => setBackend('cpu'));

let container: Container;
beforeEach(() => {
  container = inversifyContainer();
  freedTables.length = 0;
});

const registry = new Registry([tinyPlugin]);
const assets = { 'modalities.title': { 'letters.txt': 'abc' }, 'heads.kind': { 'labels.json': '["cat","dog"]' } };
const full = {
  modalities: { row: { encoder: 'numbers' }, title: { encoder: 'letters' } },
  fusion: { type: 'table-mean' },
  heads: { kind: { type: 'label' }, size: { type: 'amount' } },
};
const build = (spec: object, request: Partial<BuildRequest> = {}): Model =>
  buildModel({ spec: parseSpec(spec, registry), registry, container: container.child(), assets, ...request });

describe('buildModel', () => {
  it('wires what the fusion provides into the encoders that need it', () => {
    const model = build(full);
    expect([...model.encoders.keys()]).toEqual(['row', 'title']);
    expect(model.encoders.get('title')?.tokenWidth).toBe(2);
    expect(model.fusion.pooledWidth).toBe(5);
    model.dispose();
  });

  it('names parameters by their place in the spec', () => {
    const model = build(full);
    expect(model.parameters.list().map(({ path, shape }) => [path, shape.join('x')])).toEqual([
      ['modalities.row.encoder.weight', '1x3'],
      ['fusion.table.weight', '27x2'],
      ['heads.kind.weight', '5x2'],
      ['heads.kind.bias', '2'],
      ['heads.size.weight', '5x1'],
    ]);
    model.dispose();
  });

  it('gives each model services of its own', () => {
    const [first, second] = [build(full), build(full)];
    first.dispose();
    expect(freedTables).toEqual([2]);
    expect(container.has(letterTable)).toBe(false);
    second.dispose();
    expect(freedTables).toEqual([2, 2]);
  });

  it('gives a head the default loss and metric of its kind', () => {
    const model = build(full);
    expect(model.heads.get('kind')).toMatchObject({ weight: 1, metrics: ['accuracy'] });
    expect(model.heads.get('kind')?.loss.targetKind).toBe('class-index');
    expect(model.heads.get('size')?.loss.targetKind).toBe('real');
    expect(model.heads.get('size')?.metrics).toEqual(['error']);
    model.dispose();
  });

  it('tells a loss how often each label occurs in training', () => {
    const rows = [{ kind: 'cat' }, { kind: 'dog' }, {}, { kind: 'cat' }];
    build(full, { training: splitOf(rows, [], ['kind', 'size']) }).dispose();
    expect(seenStatistics.at(-1)).toEqual([2, 1]);
    build(full).dispose();
    expect(seenStatistics.at(-1)).toEqual([]);
  });

  it('says which fusion or encoder to use when a service is missing', () => {
    const spec = { ...full, fusion: { type: 'mean' } };
    expect(() => build(spec)).toThrow(SpecError);
    expect(() => build(spec)).toThrow(
      'modalities.title: encoder "letters" needs the table of letters, got fusion "mean", which provides none. ' +
        'Use fusion table-mean, or encoder numbers.',
    );
  });

  it('takes a needed service from the workbench when the fusion has none', () => {
    container.bind(letterTable, {
      value: {
        width: 7,
        lookup: () => {
          throw new Error('unused');
        },
        dispose: () => undefined,
      },
    });
    const model = build({ ...full, fusion: { type: 'mean' } });
    expect(model.encoders.get('title')?.tokenWidth).toBe(7);
    model.dispose();
  });

  it('refuses a loss of other targets than its head has', () => {
    const spec = { ...full, heads: { kind: { type: 'label', loss: 'mse' } } };
    expect(() => build(spec)).toThrow(
      'heads.kind.loss: mse takes real targets, got label, which gives class-index. Use cross-entropy, or another head.',
    );
  });

  it('names the row of a training label that a head does not know', () => {
    const split = splitOf([{ kind: 'cat' }, { kind: 'cow' }], [], ['kind']);
    expect(() => build(full, { training: split })).toThrow(/row 2, kind: unknown label "cow". Known: cat, dog./);
  });

  it('frees everything, once', () => {
    const before = memory().numTensors;
    const model = build(full);
    expect(memory().numTensors).toBe(before + 5);
    model.dispose();
    model.dispose();
    expect(memory().numTensors).toBe(before);
    expect(freedTables).toEqual([2]);
  });

  it('is freed with the container above it', () => {
    const before = memory().numTensors;
    build(full);
    container.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('frees what was made when a later part fails', () => {
    const before = memory().numTensors;
    const failing = defineFusion({
      name: 'failing',
      summary: '',
      config: z.object({}),
      create: () => {
        throw new SpecError('no.');
      },
    });
    const all = new Registry([tinyPlugin, definePlugin({ name: 'failing', components: [failing] })]);
    const spec = { modalities: { row: { encoder: 'numbers' } }, fusion: { type: 'failing' }, heads: full.heads };
    const request = { spec: parseSpec(spec, all), registry: all, container, assets };
    expect(() => buildModel(request)).toThrow('no.');
    expect(memory().numTensors).toBe(before);
  });

  it('frees what was made when a source does not fit', () => {
    const before = memory().numTensors;
    const source = {
      description: 'a file',
      read: (path: string) => (path.endsWith('bias') ? { shape: [9], values: new Float32Array(9) } : undefined),
    };
    expect(() => build(full, { source })).toThrow(CheckpointError);
    expect(memory().numTensors).toBe(before);
  });

  it('gives equal models for equal seeds', async () => {
    const values = async (seed: number): Promise<number[]> => {
      const model = build({ ...full, training: { seed } });
      const all = await Promise.all(model.parameters.list().map(({ value }) => value.data()));
      model.dispose();
      return all.flatMap((data) => [...data]);
    };
    expect(await values(1)).toEqual(await values(1));
    expect(await values(2)).not.toEqual(await values(1));
  });
});
