import '@tensorflow/tfjs-backend-cpu';
import { memory, mul, setBackend, sum, tensor2d, tidy, variableGrads, type Scalar } from '@tensorflow/tfjs-core';
import { ParameterStore } from '@tessera/core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Embedding } from './embedding.js';

beforeAll(async () => {
  await setBackend('cpu');
});

let store = new ParameterStore(1);
afterEach(() => {
  store.dispose();
  store = new ParameterStore(1);
});

const gradientOf = async (embedding: Embedding, rows: number[][]): Promise<number[][]> => {
  const ids = tensor2d(rows, undefined, 'int32');
  const { grads } = variableGrads(() => tidy(() => sum<Scalar>(mul(embedding.apply(ids), 2))));
  return (await Object.values(grads)[0]?.array()) as number[][];
};

describe('Embedding', () => {
  it('looks up one row for each id', async () => {
    const embedding = new Embedding(store.scope('words'), 4, 2);
    const table = (await store.find('words.weight')?.value.array()) as number[][];
    const rows = (await embedding.apply(tensor2d([[3, 1]], undefined, 'int32')).array()) as unknown as number[][][];
    expect(rows).toEqual([[table[3], table[1]]]);
  });

  it('starts the padding row at zero, as torch.nn.Embedding', async () => {
    new Embedding(store.scope('words'), 3, 2, { padId: 1 });
    const table = (await store.find('words.weight')?.value.array()) as number[][];
    expect(table[1]).toEqual([0, 0]);
    expect(table[0]?.every((value) => value !== 0)).toBe(true);
  });

  it('adds up the gradients of an id that occurs twice', async () => {
    const embedding = new Embedding(store.scope('words'), 3, 2);
    expect(await gradientOf(embedding, [[0, 2, 2]])).toEqual([
      [2, 2],
      [0, 0],
      [4, 4],
    ]);
  });

  it('lets no gradient reach the padding row', async () => {
    const embedding = new Embedding(store.scope('words'), 3, 2, { padId: 0 });
    expect(await gradientOf(embedding, [[0, 2, 0]])).toEqual([
      [0, 0],
      [0, 0],
      [2, 2],
    ]);
  });

  it('leaves no tensors behind', () => {
    const embedding = new Embedding(store.scope('words'), 3, 2, { padId: 0 });
    const step = (): void => {
      tidy(() => {
        variableGrads(() => sum<Scalar>(embedding.apply(tensor2d([[0, 2]], undefined, 'int32'))));
      });
    };
    step();
    const before = memory().numTensors;
    step();
    expect(memory().numTensors).toBe(before);
  });
});
