import { DataError, type Dataset, type Model } from '@tessera/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { memoryDataset } from '../index.js';
import { checkData, type CheckedModel } from './checkData.js';

const known = ['cat', 'dog'];

/** A model that knows two labels and finds pictures named `broken*` broken. */
function model() {
  const checked: unknown[] = [];
  const parts: CheckedModel = {
    encoders: new Map([
      [
        'image',
        {
          async check(raw: unknown) {
            checked.push(raw);
            await sleep(String(raw).length % 3);
            if (String(raw).startsWith('broken')) throw new DataError(`${String(raw)} ends too early.`);
            if (raw === 'defect') throw new TypeError('x is undefined');
          },
        },
      ],
      ['text', {}],
    ]),
    heads: new Map([
      [
        'label',
        {
          head: {
            checkTarget(target: unknown) {
              if (!known.includes(target as string))
                throw new DataError(`unknown label "${String(target)}". Known: ${known.join(', ')}.`);
            },
          },
        },
      ],
    ]),
  };
  return { parts, checked };
}

const sample = (image: string, label: unknown = 'cat') => ({ inputs: { image, text: 't' }, targets: { label } });
const check = (dataset: Dataset) => checkData(dataset, model().parts);

describe('checkData', () => {
  test('takes a built model', () => {
    expectTypeOf<Model>().toExtend<CheckedModel>();
  });

  test('checks each input once, alternatives too, and tells how far it is', async () => {
    const { parts, checked } = model();
    const progress: [number, number][] = [];
    const dataset = memoryDataset({
      train: [{ ...sample('a'), alternatives: { image: ['b'] } }, sample('a')],
      test: [sample('a'), { inputs: { text: 'no picture' } }],
    });
    await checkData(dataset, parts, { onProgress: (done, total) => progress.push([done, total]) });
    expect(checked).toEqual(['a', 'b']);
    expect(progress).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
  });

  test('tells progress about a hundred times for many samples', async () => {
    let calls = 0;
    const samples = Array.from({ length: 1050 }, () => sample('a'));
    await checkData(memoryDataset({ train: samples }), model().parts, { onProgress: () => (calls += 1) });
    expect(calls).toBeGreaterThanOrEqual(100);
    expect(calls).toBeLessThan(120);
  });

  test('names split, sample and head of a label unseen in training', async () => {
    const found = check(memoryDataset({ train: [sample('a')], validation: [sample('a'), sample('a', 'cow')] }));
    await expect(found).rejects.toThrow(DataError);
    await expect(found).rejects.toThrow('validation, sample 2, label: unknown label "cow". Known: cat, dog.');
  });

  test('collects the problems of all splits in the order of the data', async () => {
    const samples = [sample('broken 1'), sample('a', 'cow'), sample('broken 22', 'cow')];
    await expect(check(memoryDataset({ train: samples, test: [sample('broken 3')] }))).rejects.toThrow(
      'data: 5 problems:\n' +
        '  train, sample 1, image: broken 1 ends too early.\n' +
        '  train, sample 2, label: unknown label "cow". Known: cat, dog.\n' +
        '  train, sample 3, label: unknown label "cow". Known: cat, dog.\n' +
        '  train, sample 3, image: broken 22 ends too early.\n' +
        '  test, sample 1, image: broken 3 ends too early.',
    );
  });

  test('tells the first in full and counts the rest', async () => {
    const dataset = memoryDataset({ train: Array.from({ length: 40 }, (_, i) => sample(`broken ${i}`)) });
    const message = await checkData(dataset, model().parts, { limit: 3 }).catch(
      (error: unknown) => (error as Error).message,
    );
    expect(message).toMatch(/^data: 40 problems, the first 3:\n.*broken 0.*\n.*broken 1.*\n.*broken 2[^\n]*$/);
  });

  test.each([
    [
      'an unknown modality',
      { inputs: { imgae: 'a' } },
      'train, sample 1: unknown modality "imgae". Known: image, text.',
    ],
    ['an unknown head', { inputs: { text: 'a' }, targets: { lable: 'cat' } }, 'unknown head "lable"'],
    ['no modality', { inputs: {}, targets: { label: 'cat' } }, 'train, sample 1: a sample needs at least one modality'],
    [
      'no label',
      { inputs: { text: 'a' } },
      'train, sample 1: a train sample needs a label, got none. Give one for: label.',
    ],
    [
      'an unknown modality of an alternative',
      { ...sample('a'), alternatives: { img: ['b'] } },
      'unknown modality "img"',
    ],
  ])('refuses a sample with %s', async (_, wrong, message) => {
    await expect(check(memoryDataset({ train: [wrong] }))).rejects.toThrow(message);
  });

  test('a defect of an encoder is no user error, keeps its cause and names the sample', async () => {
    const error: unknown = await check(memoryDataset({ train: [sample('defect')] })).catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(DataError);
    expect(error).toMatchObject({
      message: 'train, sample 1, image: the check failed: x is undefined',
      cause: expect.any(TypeError) as unknown,
    });
  });
});
