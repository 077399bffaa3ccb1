import '@tensorflow/tfjs-backend-cpu';
import { scalar, setBackend, tidy } from '@tensorflow/tfjs-core';
import { ParameterStore, zeros } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainingContext } from './trainingContext.js';

beforeAll(async () => {
  await setBackend('cpu');
});

describe('trainingContext', () => {
  it('numbers the draws of a step after its seed', async () => {
    const context = trainingContext({ seed: scalar(42, 'int32') });
    const seeds = [context.nextSeed(), context.nextSeed()];
    expect(seeds.map(({ dtype }) => dtype)).toEqual(['int32', 'int32']);
    expect(await Promise.all(seeds.map((seed) => seed.array()))).toEqual([
      [42, 0],
      [42, 1],
    ]);
  });

  it('keeps a buffer’s last update beyond the step’s tidy', async () => {
    const store = new ParameterStore(1);
    const buffer = store.scope('norm').buffer('runningMean', [], zeros);
    const context = trainingContext({ seed: scalar(1, 'int32') });
    tidy(() => {
      context.updateBuffer(buffer, scalar(1));
      context.updateBuffer(buffer, scalar(2));
    });
    expect(await context.updates.get(buffer)?.data()).toEqual(Float32Array.of(2));
    store.dispose();
  });
});
