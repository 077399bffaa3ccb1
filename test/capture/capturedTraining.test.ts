// Runs of training on a runner that captures what it is given, kernel by kernel, and repeats the record.
import { memory } from '@tensorflow/tfjs-core';
import { ReplayRunner } from '@tessera/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { tinySpec } from '../tinyTask.js';
import { datasetWith, pictureTask, textTask, TrainingGround, type Task } from './trainingGround.js';

const ground = new TrainingGround();
afterAll(() => ground.dispose());

const settings: [name: string, training: Record<string, unknown>][] = [
  ['AdamW with warm-up', { schedule: { type: 'linear', warmup: 0.3 } }],
  ['clipping and groups', { clipNorm: 0.3, groups: [{ parameters: '*.bias', learningRate: 0.1, weightDecay: 0.1 }] }],
  ['accumulation with a last group of one', { accumulate: 3, batchSize: 6, clipNorm: 1 }],
  [
    'BertAdam on a tower that is unfrozen later',
    { optimizer: { type: 'bert-adam', learningRate: 1e-3 }, freeze: { text: 1 } },
  ],
  [
    'SGD with momentum and dampening, accumulated',
    { optimizer: { type: 'sgd', momentum: 0.9, dampening: 0.1 }, accumulate: 2 },
  ],
  ['Adam with masked modalities', { optimizer: { type: 'adam', weightDecay: 0.01 }, modalityDropout: { text: 0.3 } }],
];

describe('a captured run', () => {
  it.each(settings)('gives bit by bit what an eager one gives: %s', async (_, training) => {
    const runner = new ReplayRunner({ mode: 'replay' });
    const expected = await ground.train(undefined, textTask(training));
    expect(await ground.train(runner, textTask(training))).toEqual(expected);
    expect(runner.numRepeats).toBeGreaterThan(5);
  });

  it.each(settings)('does the same in each step but for its inputs: %s', async (_, training) => {
    const runner = new ReplayRunner({ mode: 'compare' });
    await ground.train(runner, textTask(training));
    expect(runner.numRepeats).toBeGreaterThan(5);
  });

  it.each(['running', 'batch'])('keeps running statistics; a frozen tower uses %s ones', async (frozenBatchNorm) => {
    const task = pictureTask({ batchSize: 11, freeze: { image: 1 }, frozenBatchNorm });
    const expected = await ground.train(undefined, task);
    for (const mode of ['replay', 'compare'] as const) {
      expect(await ground.train(new ReplayRunner({ mode }), task)).toEqual(expected);
    }
  });

  it('comes with few shapes of text, and draws the same masks with compile off', async () => {
    const task = (compile: string): Task => {
      const { fusion, ...rest } = tinySpec({ epochs: 2, batchSize: 2, compile });
      const modalities = { text: { encoder: 'wordpiece', maxTokens: 32 } };
      return {
        spec: { ...rest, modalities, fusion: { ...fusion, maxPositions: 40 } },
        dataset: datasetWith(({ text }, i) => ({ text: String(text) + ' and'.repeat(i % 9) })),
      };
    };
    const runner = (captures: boolean): ReplayRunner => new ReplayRunner({ mode: 'replay', captures });
    const [ragged, padded, idle] = [runner(false), runner(true), runner(true)];
    await ground.train(ragged, task('auto'));
    const result = await ground.train(padded, task('auto'));
    expect(padded.numRecords).toBeLessThan(ragged.numRecords);
    expect(await ground.train(idle, task('off'))).toEqual(result);
    expect([idle.numRecords, idle.numRepeats]).toEqual([0, 0]);
  });

  it.each(settings)('records nothing anew in later epochs: %s', async (_, training) => {
    const numRecords = async (epochs: number): Promise<number> => {
      const runner = new ReplayRunner({ mode: 'replay', captures: true });
      await ground.train(runner, textTask({ ...training, epochs }));
      return runner.numRecords;
    };
    expect(await numRecords(4)).toBe(await numRecords(2));
  });

  it('is forgotten with its trainer and its model', async () => {
    const runner = new ReplayRunner({ mode: 'replay' });
    await ground.train(runner, textTask({ accumulate: 2 }));
    const before = memory().numTensors;
    await ground.train(runner, textTask({ accumulate: 2 }));
    await ground.train(runner, textTask({ freeze: { text: 1 } }));
    expect(memory().numTensors).toBe(before);
    expect(runner.keys).toEqual([]);
  });
});
