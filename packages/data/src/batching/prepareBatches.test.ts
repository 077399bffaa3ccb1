import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, type PreparedSample, type Sample, type Split } from '@tessera/core';
import { describe, expect, test } from 'vitest';
import { memoryDataset } from '../index.js';
import { prepareBatches, type BatchOptions, type SamplePreparer } from './prepareBatches.js';

const numSamples = 23;
const split = memoryDataset({
  train: Array.from({ length: numSamples }, (_, i) => ({
    inputs: { image: `${i}.png`, text: `text ${i}` },
    targets: { label: i % 3 },
    alternatives: { image: [`${i}b.png`, `${i}c.png`] },
  })),
}).splits['train'] as Split;
const inOrder = Array.from({ length: numSamples }, (_, i) => i);
const augmentation = { seed: 1, epoch: 0 };

/** Gives back what it was asked to prepare, after a while that `delay` says. */
function preparer(delay: (sample: Sample) => number = () => 0) {
  const state = { running: 0, most: 0, calls: 0 };
  const model: SamplePreparer = {
    async prepare({ id, inputs, targets, origin }, options) {
      state.calls += 1;
      state.most = Math.max(state.most, ++state.running);
      await sleep(delay({ id, inputs, targets, origin }));
      state.running -= 1;
      return { id, inputs: { ...inputs, seed: options?.augmentationSeed }, targets, origin };
    },
  };
  return { model, state };
}

async function prepareAll(order: readonly number[], options: BatchOptions, model = preparer().model) {
  const batches: (readonly PreparedSample[])[] = [];
  for await (const batch of prepareBatches(model, split, order, options)) batches.push(batch);
  return batches;
}

describe('prepareBatches', () => {
  test('gives all samples of the order, in order, the last batch smaller', async () => {
    const order = inOrder.toReversed();
    const batches = await prepareAll(order, { batchSize: 5, ahead: 3 });
    expect(batches.map((batch) => batch.length)).toEqual([5, 5, 5, 5, 3]);
    expect(batches.flat().map(({ id }) => id)).toEqual(order.map((i) => `train:${i + 1}`));
    expect(batches[0]?.[0]).toEqual({
      id: 'train:23',
      inputs: { image: '22.png', text: 'text 22', seed: undefined },
      targets: { label: 1 },
      origin: 'train, sample 23',
    });
  });

  test('draws the same whatever the timing, batch size and place in the order', async () => {
    const byId = (batches: (readonly PreparedSample[])[]) =>
      new Map(batches.flat().map(({ id, inputs }) => [id, inputs] as const));
    const calm = byId(await prepareAll(inOrder, { batchSize: 4, ahead: 1, concurrency: 1, augmentation }));
    const { model } = preparer(({ id }) => (Number(id.split(':')[1]) * 5) % 7);
    const wild = byId(await prepareAll(inOrder.toReversed(), { batchSize: 7, ahead: 3, augmentation }, model));
    for (const [id, inputs] of calm) expect(wild.get(id)).toEqual(inputs);
  });

  test('draws anew for another epoch or seed, and other seeds for other samples', async () => {
    const seeds = async (seed: number, epoch: number) =>
      (await prepareAll(inOrder, { batchSize: 4, ahead: 1, augmentation: { seed, epoch } }))
        .flat()
        .map(({ inputs }) => inputs['seed']);
    const all = [...(await seeds(1, 0)), ...(await seeds(1, 1)), ...(await seeds(2, 0))];
    expect(new Set(all).size).toBe(3 * numSamples);
  });

  test('draws each alternative with equal chance, in training only', async () => {
    const counts: Record<string, number> = { '': 0, b: 0, c: 0 };
    for (let epoch = 0; epoch < 60; epoch++) {
      const batches = await prepareAll(inOrder, { batchSize: 23, ahead: 1, augmentation: { seed: 5, epoch } });
      for (const { inputs } of batches.flat()) {
        const kind = String(inputs['image']).replace(/[0-9]+|\.png/g, '');
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
    }
    // 1,380 draws: 460 each, standard deviation sqrt(1380 · 1/3 · 2/3) = 17.5.
    for (const kind of ['', 'b', 'c']) expect(Math.abs((counts[kind] ?? 0) - 460)).toBeLessThan(70);
    const evaluated = await prepareAll(inOrder, { batchSize: 23, ahead: 1 });
    expect(evaluated.flat().map(({ inputs }) => inputs['image'])).toEqual(inOrder.map((i) => `${i}.png`));
  });

  test('prepares no more at a time than batches ahead, or than `concurrency`', async () => {
    const free = preparer(() => 2);
    await prepareAll(inOrder, { batchSize: 4, ahead: 2 }, free.model);
    expect(free.state.most).toBe(8);
    const limited = preparer(() => 1);
    const batches = await prepareAll(inOrder, { batchSize: 4, ahead: 2, concurrency: 3 }, limited.model);
    expect(limited.state.most).toBe(3);
    expect(batches.flat().map(({ id }) => id)).toEqual(inOrder.map((i) => `train:${i + 1}`));
  });

  test('throws what the first sample in order threw, at its batch, with nothing left running', async () => {
    const { model, state } = preparer(({ id }) => (id === 'train:6' ? 10 : 1));
    const failing: SamplePreparer = {
      async prepare(sample, options) {
        const prepared = await model.prepare(sample, options);
        if (['train:6', 'train:7'].includes(sample.id)) throw new DataError(`${sample.origin}, image: is broken`);
        return prepared;
      },
    };
    const seen: number[] = [];
    const run = async () => {
      for await (const batch of prepareBatches(failing, split, inOrder, { batchSize: 4, ahead: 3 }))
        seen.push(batch.length);
    };
    await expect(run()).rejects.toThrow('train, sample 6, image: is broken');
    expect(seen).toEqual([4]);
    expect(state.running).toBe(0);
  });

  test('an index that the split does not have is a DataError', async () => {
    await expect(prepareAll([99], { batchSize: 4, ahead: 1 })).rejects.toThrow(
      "train: a sample's index must be from 0 to 22, got index=99.",
    );
  });

  test('leaving early prepares no further samples', async () => {
    const { model, state } = preparer(() => 2);
    for await (const _ of prepareBatches(model, split, inOrder, { batchSize: 2, ahead: 2, concurrency: 1 })) break;
    expect(state.running).toBe(0);
    expect(state.calls).toBeLessThan(8);
  });

  test.each([{ batchSize: 0 }, { batchSize: 2.5 }, { concurrency: 0 }])('refuses %o', (wrong) => {
    const { model } = preparer();
    expect(() => prepareBatches(model, split, inOrder, { batchSize: 2, ahead: 2, ...wrong })).toThrow(RangeError);
  });
});
