import '@tensorflow/tfjs-backend-cpu';
import { ones, setBackend } from '@tensorflow/tfjs-core';
import { constant, ParameterStore } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Conv2d } from './conv2d.js';

beforeAll(async () => {
  await setBackend('cpu');
});

describe('Conv2d', () => {
  it('pads and strides as torch.nn.Conv2d', async () => {
    const store = new ParameterStore(1);
    const options = { kernelSize: 3, stride: 2, padding: 1, initializer: constant(1) };
    const y = new Conv2d(store.scope('conv'), 1, 1, options).apply(ones([1, 4, 4, 1]));
    expect(y.shape).toEqual([1, 2, 2, 1]);
    expect(Array.from(await y.data())).toEqual([4, 6, 6, 9]);
    store.dispose();
  });

  it('has a bias only when asked', () => {
    const store = new ParameterStore(1);
    new Conv2d(store.scope('plain'), 2, 3, { kernelSize: [1, 5] });
    new Conv2d(store.scope('biased'), 2, 3, { kernelSize: 1, bias: true });
    expect(store.list().map(({ path, shape }) => [path, shape])).toEqual([
      ['plain.weight', [1, 5, 2, 3]],
      ['biased.weight', [1, 1, 2, 3]],
      ['biased.bias', [3]],
    ]);
    store.dispose();
  });
});
