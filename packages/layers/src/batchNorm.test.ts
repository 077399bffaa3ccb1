import '@tensorflow/tfjs-backend-cpu';
import {
  gather,
  memory,
  mul,
  scalar,
  setBackend,
  sum,
  tensor1d,
  tensor2d,
  tensor3d,
  variableGrads,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { inferenceContext, ParameterStore, zeros } from '@tessera/core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BatchNorm } from './batchNorm.js';
import { trainingContext } from './trainingContext.js';

beforeAll(async () => {
  await setBackend('cpu');
});

let store = new ParameterStore(1);
afterEach(() => {
  store.dispose();
  store = new ParameterStore(1);
});

const values = async (tensor: Tensor | undefined): Promise<number[]> => Array.from((await tensor?.data()) ?? []);
const training = (uses = true) => trainingContext({ seed: scalar(1, 'int32'), usesBatchStatistics: () => uses });

describe('BatchNorm', () => {
  it('normalises by the batch and moves the running statistics as PyTorch does', async () => {
    const norm = new BatchNorm(store.scope('norm'), 1);
    const context = training();
    const y = norm.apply(tensor2d([[1], [2], [6]]), context);
    // mean 3, biased variance 14/3, unbiased variance 7
    const scale = 1 / Math.sqrt(14 / 3 + 1e-5);
    (await values(y)).forEach((value, i) => expect(value).toBeCloseTo((([-2, -1, 3] as const)[i] ?? NaN) * scale, 5));
    const byPath = new Map([...context.updates].map(([buffer, value]) => [buffer.path, value]));
    expect(await values(byPath.get('norm.runningMean'))).toEqual([expect.closeTo(0.3, 6)]);
    expect(await values(byPath.get('norm.runningVariance'))).toEqual([expect.closeTo(0.9 + 0.7, 6)]);
  });

  it('uses and keeps the running statistics where the context says so', async () => {
    const norm = new BatchNorm(store.scope('norm'), 1);
    for (const context of [training(false), inferenceContext()]) {
      const y = norm.apply(tensor2d([[1], [3]]), context);
      expect(await values(y)).toEqual([expect.closeTo(1, 4), expect.closeTo(3, 4)]);
      if ('updates' in context) expect(context.updates).toHaveProperty('size', 0);
    }
  });

  describe('over the samples that count', () => {
    const x = (): Tensor => tensor3d([[[1, 5], [2, -1]], [[70, 80], [-90, 3]], [[6, 2], [4, 0]]]); // prettier-ignore
    const bufferAt = (path: string) => {
      const buffer = store.find(path);
      if (!buffer) throw new Error(`no buffer ${path}`);
      return buffer;
    };
    const counted = (values: number[]) => ({ ...training(), counted: tensor1d(values) });
    const updatesOf = async (updates: ReadonlyMap<{ path: string }, Tensor>) =>
      Promise.all([...updates].map(async ([{ path }, value]) => [path, await values(value)] as const));

    it('is the normalisation of a batch of those alone, running statistics and gradients too', async () => {
      const norm = new BatchNorm(store.scope('norm'), 2);
      const [alone, beside] = [training(), counted([1, 0, 1])];
      const kept = tensor1d([0, 2], 'int32');
      const weights = tensor3d([[[1, -2], [3, 4]], [[5, -6], [0.5, 8]]]); // prettier-ignore
      const residual = x();
      const lossOf = (of: Tensor): Scalar => sum(mul(of, weights));
      const expected = variableGrads(() =>
        lossOf(norm.apply(gather(x(), kept), alone, { residual: gather(residual, kept), activation: 'relu' })),
      );
      const got = variableGrads(() => lossOf(gather(norm.apply(x(), beside, { residual, activation: 'relu' }), kept)));
      const close = (numbers: readonly number[]) => numbers.map((value) => expect.closeTo(value, 4) as number);
      expect(await values(got.value)).toEqual(close(await values(expected.value)));
      for (const [name, gradient] of Object.entries(expected.grads))
        expect(await values(got.grads[name])).toEqual(close(await values(gradient)));
      const updates = await updatesOf(alone.updates);
      expect(updates).toHaveLength(2);
      expect(await updatesOf(beside.updates)).toEqual(updates.map(([path, numbers]) => [path, close(numbers)]));
    });

    it('hands no gradient on from statistics to the samples that do not count', async () => {
      const norm = new BatchNorm(store.scope('norm'), 2);
      const inputs = store.scope('x').weight('values', [3, 2, 2], zeros);
      inputs.value.assign(x());
      const kept = tensor1d([0, 2], 'int32');
      const { grads } = variableGrads(() => {
        const y = gather(norm.apply(inputs.value, counted([1, 0, 1])), kept);
        return sum<Scalar>(mul(y, mul(y, y)));
      });
      const gradient = await values(grads[inputs.value.name]);
      expect(gradient.slice(4, 8)).toEqual([0, 0, 0, 0]);
      expect(gradient.some((value) => value !== 0)).toBe(true);
    });

    it.each([[[0, 0, 0]], [[0, 1, 0]]])(
      'leaves the running statistics as they were, bit by bit: %j of one row each',
      async (who) => {
        const norm = new BatchNorm(store.scope('norm'), 2);
        const [mean, variance] = [bufferAt('norm.runningMean'), bufferAt('norm.runningVariance')];
        mean.value.assign(tensor1d([0.1, -0.7]));
        variance.value.assign(tensor1d([0.3, 1.9]));
        const before = [await values(mean.value), await values(variance.value)];
        const rows = tensor2d([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
        const context = counted(who);
        const y = await values(norm.apply(rows, context));
        expect((await updatesOf(context.updates)).map(([, numbers]) => numbers)).toEqual(before);
        const expected = await values(norm.apply(rows, inferenceContext()));
        expect(y).toEqual(expected.map((value) => expect.closeTo(value, 5) as number));
      },
    );

    it('counts all parts of a sample where the first axis holds several of each', async () => {
      const norm = new BatchNorm(store.scope('norm'), 1);
      const context = counted([1, 0]);
      norm.apply(tensor2d([[1], [3], [50], [60]]), context); // two frames of each of two samples
      expect(await updatesOf(context.updates)).toContainEqual(['norm.runningMean', [expect.closeTo(0.2, 6)]]);
    });

    it('refuses a first axis that is no multiple of the batch', () => {
      const norm = new BatchNorm(store.scope('norm'), 1);
      expect(() => norm.apply(tensor2d([[1], [3], [5]]), counted([1, 0]))).toThrow(
        'BatchNorm: the first axis must be a multiple of the batch, got x=[3, 1], batch=2.',
      );
    });
  });

  it('is asked for by its path', () => {
    const asked: string[] = [];
    const norm = new BatchNorm(store.scope('modalities.image.encoder').scope('bn1'), 1);
    const usesBatchStatistics = (path: string): boolean => asked.push(path) > 0;
    norm.apply(tensor2d([[1], [3]]), trainingContext({ seed: scalar(1, 'int32'), usesBatchStatistics }));
    expect(asked).toEqual(['modalities.image.encoder.bn1']);
  });

  it('falls back to the running statistics for a batch with one value per channel', async () => {
    const norm = new BatchNorm(store.scope('norm'), 2);
    const context = training();
    const y = norm.apply(tensor2d([[4, -2]]), context);
    expect(await values(y)).toEqual([expect.closeTo(4, 4), expect.closeTo(-2, 4)]);
    expect(context.updates.size).toBe(0);
  });

  it('leaves nothing but its result and the updates', () => {
    const norm = new BatchNorm(store.scope('norm'), 1);
    const x = tensor2d([[1], [3]]);
    const context = training();
    norm.apply(x, context).dispose();
    const before = memory().numTensors;
    norm.apply(x, context).dispose();
    expect(memory().numTensors).toBe(before);
  });
});
