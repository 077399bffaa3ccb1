import '@tensorflow/tfjs-backend-cpu';
import { memory, scalar, setBackend, tensor2d, type Tensor } from '@tensorflow/tfjs-core';
import { inferenceContext, ParameterStore } from '@tessera/core';
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
