import '@tensorflow/tfjs-backend-cpu';
import { ones, scalar, setBackend, type Tensor } from '@tensorflow/tfjs-core';
import { inferenceContext } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Dropout } from './dropout.js';
import { trainingContext } from './trainingContext.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const values = async (tensor: Tensor): Promise<number[]> => Array.from(await tensor.data());
const contextOf = (seed: number) => trainingContext({ seed: scalar(seed, 'int32') });

describe('Dropout', () => {
  it('changes nothing outside training', async () => {
    expect(await values(new Dropout(0.5).apply(ones([4]), inferenceContext()))).toEqual([1, 1, 1, 1]);
  });

  it('drops about its share and scales the rest', async () => {
    const y = await values(new Dropout(0.25).apply(ones([10_000]), contextOf(7)));
    const kept = y.filter((value) => value !== 0);
    expect(kept.length / y.length).toBeCloseTo(0.75, 1);
    expect(kept[0]).toBeCloseTo(4 / 3, 5);
  });

  it('repeats the masks of a step from its seed, and draws another for each call and seed', async () => {
    const draws = async (seed: number): Promise<number[][]> => {
      const context = contextOf(seed);
      const dropout = new Dropout(0.5);
      return [await values(dropout.apply(ones([64]), context)), await values(dropout.apply(ones([64]), context))];
    };
    const [first, second] = await draws(3);
    expect(await draws(3)).toEqual([first, second]);
    expect(second).not.toEqual(first);
    expect((await draws(4))[0]).not.toEqual(first);
  });
});
