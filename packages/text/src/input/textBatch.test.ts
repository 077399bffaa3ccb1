import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collateTexts, type PreparedText, type TextBatchOptions } from './textBatch.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const text = (ids: readonly number[], parts?: readonly number[]): PreparedText => ({
  ids: Int32Array.from(ids),
  ...(parts && { parts: Int32Array.from(parts) }),
});

const collated = async (
  items: readonly (PreparedText | undefined)[],
  options: TextBatchOptions,
): Promise<Record<string, unknown>> => {
  const batch = collateTexts(items, options);
  const entries = Object.entries(batch).map(async ([name, tensor]) => [name, tensor.dtype, await tensor.array()]);
  const rows = await Promise.all(entries);
  for (const tensor of Object.values(batch)) tensor.dispose();
  return Object.fromEntries(rows.map(([name, ...rest]) => [name, rest]));
};

describe('collateTexts', () => {
  it.each([
    [1, 3],
    [2, 4],
    [4, 4],
    [8, 6],
  ])('pads to the next multiple of %i, up to the most tokens a text has', async (lengthMultiple, length) => {
    const items = [text([7, 8, 9]), undefined];
    const { ids, mask } = await collated(items, { padId: 4, maxTokens: 6, lengthMultiple });
    const fill = (value: number): number[] => new Array<number>(length - 3).fill(value);
    expect(ids).toEqual(['int32', [[7, 8, 9, ...fill(4)], new Array(length).fill(4)]]);
    expect(mask).toEqual(['float32', [[1, 1, 1, ...fill(0)], new Array(length).fill(0)]]);
  });

  it('pads to the longest text, with a mask of ones for what is real', async () => {
    expect(await collated([text([7, 8, 9]), text([5])], { padId: 4 })).toEqual({
      ids: [
        'int32',
        [
          [7, 8, 9],
          [5, 4, 4],
        ],
      ],
      mask: [
        'float32',
        [
          [1, 1, 1],
          [1, 0, 0],
        ],
      ],
      present: ['float32', [[1], [1]]],
    });
  });

  it('tells an empty text from an absent one', async () => {
    expect(await collated([text([]), undefined, text([6])], { padId: 0 })).toEqual({
      ids: ['int32', [[0], [0], [6]]],
      mask: ['float32', [[0], [0], [1]]],
      present: ['float32', [[1], [0], [1]]],
    });
  });

  it('keeps one token where no text has any', async () => {
    expect(await collated([undefined, text([])], { padId: 3 })).toMatchObject({
      ids: ['int32', [[3], [3]]],
      mask: ['float32', [[0], [0]]],
    });
  });

  it('carries the sentence of each token of pairs', async () => {
    const items = [text([5, 1, 6, 1], [0, 0, 1, 1]), undefined, text([1, 1], [0, 1])];
    const batch = await collated(items, { padId: 0, withParts: true });
    expect(batch.parts).toEqual([
      'int32',
      [
        [0, 0, 1, 1],
        [0, 0, 0, 0],
        [0, 1, 0, 0],
      ],
    ]);
  });
});
