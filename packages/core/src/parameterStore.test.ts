import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tensor1d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  CheckpointError,
  isUnder,
  normal,
  ones,
  ParameterStore,
  SpecError,
  zeros,
  type ParameterSource,
} from './index.js';

beforeAll(() => setBackend('cpu'));

const sourceOf = (values: Readonly<Record<string, readonly number[]>>): ParameterSource => ({
  description: 'a test file',
  read: (path) => {
    const given = values[path];
    return given && { shape: [given.length], values: Float32Array.from(given) };
  },
});

describe('ParameterStore', () => {
  it('puts the path of the scope before each name', () => {
    const store = new ParameterStore(1);
    const scope = store.scope('modalities.image').scope('encoder');
    expect(scope.path).toBe('modalities.image.encoder');
    expect(scope.weight('fc.weight', [2], zeros).path).toBe('modalities.image.encoder.fc.weight');
    expect(store.scope().weight('alone', [1], zeros).path).toBe('alone');
    store.dispose();
  });

  it('tells weights from buffers, and what decays', () => {
    const store = new ParameterStore(1);
    const scope = store.scope('a');
    expect(scope.weight('matrix', [2, 2], zeros)).toMatchObject({ role: 'weight', decays: true });
    expect(scope.weight('bias', [2], zeros)).toMatchObject({ role: 'weight', decays: false });
    expect(scope.weight('scale', [2, 1], zeros, { decays: false }).decays).toBe(false);
    const mean = scope.buffer('mean', [2, 2], zeros);
    expect(mean).toMatchObject({ role: 'buffer', decays: false });
    expect(mean.value.trainable).toBe(false);
    expect(store.list('buffer')).toEqual([mean]);
    expect(store.list()).toHaveLength(4);
    store.dispose();
  });

  it('refuses a path that is used twice', () => {
    const store = new ParameterStore(1);
    store.scope('a').weight('w', [1], zeros);
    expect(() => store.scope('a').weight('w', [1], zeros)).toThrow(SpecError);
    store.dispose();
  });

  it('draws initial values by seed and path, whatever else the model has', async () => {
    const values = async (seed: number, others: readonly string[]): Promise<number[]> => {
      const store = new ParameterStore(seed);
      for (const name of others) store.scope().weight(name, [3], normal(1));
      const drawn = [...(await store.scope().weight('w', [4], normal(1)).value.data())];
      store.dispose();
      return drawn;
    };
    expect(await values(1, ['a', 'b'])).toEqual(await values(1, []));
    expect(await values(2, [])).not.toEqual(await values(1, []));
  });

  it('takes values from a source, and initial ones for what it lacks', async () => {
    const store = new ParameterStore(1, sourceOf({ 'a.w': [4, 5] }));
    expect([...(await store.scope('a').weight('w', [2], ones).value.data())]).toEqual([4, 5]);
    expect([...(await store.scope('b').weight('w', [2], ones).value.data())]).toEqual([1, 1]);
    store.dispose();
  });

  it('names both shapes when a source does not fit', () => {
    const store = new ParameterStore(1, sourceOf({ w: [4, 5, 6] }));
    expect(() => store.scope().weight('w', [2], ones)).toThrow(CheckpointError);
    expect(() => store.scope().weight('w', [2], ones)).toThrow(
      /w has shape \[2\] in this model, got \[3\] from a test file/,
    );
    store.dispose();
  });

  it('loads what lies under a prefix, and says what it took', async () => {
    const store = new ParameterStore(1);
    const [a, b] = [store.scope('a').weight('w', [1], zeros), store.scope('ab').weight('w', [1], zeros)];
    expect(store.load(sourceOf({ 'a.w': [7], 'ab.w': [8] }), 'a')).toEqual(['a.w']);
    expect([...(await a.value.data()), ...(await b.value.data())]).toEqual([7, 0]);
    expect(store.load(sourceOf({ 'ab.w': [8], other: [9] }))).toEqual(['ab.w']);
    store.dispose();
  });

  it('assigns a value of the right shape, and borrows it', async () => {
    const store = new ParameterStore(1);
    const parameter = store.scope().weight('w', [2], zeros);
    const [value, wrong] = [tensor1d([1, 2]), tensor1d([1, 2, 3])];
    store.assign('w', value);
    expect([...(await parameter.value.data())]).toEqual([1, 2]);
    expect(() => store.assign('w', wrong)).toThrow(CheckpointError);
    expect(() => store.assign('missing', value)).toThrow('Parameters: unknown path, got "missing".');
    expect(value.isDisposed).toBe(false);
    value.dispose();
    wrong.dispose();
    store.dispose();
  });

  it('frees its variables, once', () => {
    const before = memory().numTensors;
    const store = new ParameterStore(1, sourceOf({ w: [1] }));
    store.scope().weight('w', [1], zeros);
    store.load(sourceOf({ w: [2] }));
    expect(memory().numTensors).toBe(before + 1);
    store.dispose();
    store.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

describe('isUnder', () => {
  it('goes by whole names', () => {
    expect(isUnder('modalities.image.encoder.fc', 'modalities.image')).toBe(true);
    expect(isUnder('modalities.image', 'modalities.image')).toBe(true);
    expect(isUnder('modalities.image2.fc', 'modalities.image')).toBe(false);
    expect(isUnder('modalities.image.fc', 'modalities.image.')).toBe(true);
    expect(isUnder('anything', '')).toBe(true);
  });

  describe('with values in a file', () => {
    const stored = { file: 'a file', position: 8, shape: [2], readPart: () => undefined };
    const source: ParameterSource = {
      description: 'a test file',
      read: () => ({ shape: [2], values: Float32Array.of(1, 2), stored }),
    };

    it('takes the tensor that the backend reads', async () => {
      const read = vi.fn(() => tensor1d([7, 8]));
      const before = memory().numTensors;
      const store = new ParameterStore(1, source, { read });
      const { value } = store.scope().weight('w', [2], zeros);
      expect([...(await value.data())]).toEqual([7, 8]);
      expect(read).toHaveBeenCalledWith(stored, [2]);
      store.load(source);
      expect([...(await value.data())]).toEqual([7, 8]);
      store.dispose();
      expect(memory().numTensors).toBe(before);
    });

    it('takes the values where the backend leaves them', async () => {
      const store = new ParameterStore(1, source, { read: () => undefined });
      expect([...(await store.scope().weight('w', [2], zeros).value.data())]).toEqual([1, 2]);
      store.dispose();
    });
  });
});
