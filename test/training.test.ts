import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { CheckpointError, SpecError, TrainingError } from '@tessera/core';
import { openSaved, RunFolder, saveCheckpoint } from '@tessera/training';
import { createWorkbench, type TesseraWorkbench, type TrainOptions } from 'tessera';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { tinyDataset, tinySpec } from './tinyTask.js';

let workbench: TesseraWorkbench;
let folder: string;
beforeAll(async () => {
  workbench = (await createWorkbench({ backend: 'cpu' })) as unknown as TesseraWorkbench;
});
afterAll(() => workbench.dispose());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-training-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const train = (name: string, training: Record<string, unknown> = {}, options: Partial<TrainOptions> = {}) =>
  workbench.train(tinySpec(training) as never, { to: join(folder, name), dataset: tinyDataset(), ...options });

const digest = (name: string, file = 'model.safetensors'): string => {
  const { last } = new RunFolder(join(folder, name)).read().checkpoints;
  return createHash('sha256')
    .update(readFileSync(join(folder, name, 'checkpoints', last ?? '', file)))
    .digest('hex');
};

/** Aborts when `when` says so of an event. */
const abortWhen = (
  when: (event: { type: string; epoch?: number; samples?: number }) => boolean,
): Partial<TrainOptions> => {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event) => {
      if (when(event as never)) controller.abort();
    },
  };
};

describe('training', () => {
  it('learns a small task and reports test figures of the kept model', async () => {
    const { record, test } = await train('a', { epochs: 12 });
    expect(record.status).toBe('finished');
    expect(record.history).toHaveLength(12);
    expect(record.history.at(-1)?.trainLoss).toBeLessThan(0.3);
    expect(test?.heads['kind']?.metrics['accuracy']).toBe(1);
    expect(record.test?.['kind.accuracy']).toBe(1);
  });

  it('says how to select by a metric that the head does not compute', async () => {
    await expect(train('a', { metric: 'kind.roc-auc' })).rejects.toThrow(
      /must be a metric of this model, got "kind.roc-auc".* Add roc-auc to heads.kind.metrics to have it computed/,
    );
    await expect(train('a', { metric: 'kind.roc-auk' })).rejects.not.toThrow('to have it computed');
  });

  it('gives identical parameters for one seed, and others for another', async () => {
    await train('a');
    await train('b');
    await train('c', { seed: 2 });
    expect(digest('b')).toBe(digest('a'));
    expect(digest('b', 'optimizer.safetensors')).toBe(digest('a', 'optimizer.safetensors'));
    expect(digest('c')).not.toBe(digest('a'));
  });

  it.each([
    [
      'within an epoch',
      (event: { type: string; epoch?: number; samples?: number }) =>
        event.type === 'batch' && event.epoch === 2 && event.samples === 8,
    ],
    [
      'between epochs',
      (event: { type: string; record?: { epoch: number } }) => event.type === 'epoch' && event.record?.epoch === 1,
    ],
  ])('goes on after an interruption %s as if it had not happened', async (_, when) => {
    const whole = await train('whole');
    const first = await train('cut', {}, abortWhen(when));
    expect(first.status).toBe('interrupted');
    expect(new RunFolder(join(folder, 'cut')).read().status).toBe('interrupted');
    const second = await train('cut', {}, { resume: true });
    expect(second.status).toBe('finished');
    expect(digest('cut')).toBe(digest('whole'));
    expect(digest('cut', 'optimizer.safetensors')).toBe(digest('whole', 'optimizer.safetensors'));
    const figures = (record: typeof whole.record) =>
      record.history.map(({ trainLoss, validation }) => ({ trainLoss, validation }));
    expect(figures(second.record)).toEqual(figures(whole.record));
  });

  it('makes the same update from accumulated batches as from one large batch', async () => {
    const still = { epochs: 1, clipNorm: 1 };
    const spec = (training: Record<string, unknown>) => {
      const base = tinySpec(training);
      return {
        ...base,
        fusion: { ...base.fusion, dropoutRate: 0, attentionDropoutRate: 0 },
        heads: { kind: { type: 'single-label' } },
      };
    };
    const dataset = tinyDataset();
    const large = await workbench.train(spec({ ...still, batchSize: 22 }) as never, {
      to: join(folder, 'large'),
      dataset,
    });
    const small = await workbench.train(spec({ ...still, batchSize: 11, accumulate: 2 }) as never, {
      to: join(folder, 'small'),
      dataset,
    });
    expect(small.record.history[0]?.updates).toBe(1);
    expect(large.record.history[0]?.updates).toBe(1);
    const values = (name: string): Float32Array =>
      openSaved(join(folder, name)).parameters.read('fusion.pooler.weight')?.values ?? new Float32Array();
    const [a, b] = [values('large'), values('small')];
    expect(a.length).toBe(64);
    a.forEach((value, i) => expect(Math.abs(value - (b[i] ?? NaN))).toBeLessThan(1e-5));
  });

  it('holds a frozen tower fixed and trains the rest', async () => {
    await train('frozen', { epochs: 1, freeze: { text: 1 }, keep: 'last' });
    await train('initial', {
      epochs: 1,
      optimizer: { type: 'adamw', learningRate: 1e-30, weightDecay: 0 },
      keep: 'last',
    });
    const read = (name: string, path: string) => openSaved(join(folder, name)).parameters.read(path)?.values;
    const tower = 'fusion.layers.0.attention.query.weight';
    expect(read('frozen', tower)).toEqual(read('initial', tower));
    expect(read('frozen', 'fusion.pooler.weight')).not.toEqual(read('initial', 'fusion.pooler.weight'));
  });

  it('keeps the best epoch by the named metric and stops when patience runs out', async () => {
    const { record } = await train('a', { epochs: 40, metric: 'kind.accuracy', patience: 2, keep: 'best' });
    const values = record.history.map(({ validation }) => validation?.['kind.accuracy'] ?? 0);
    const best = Math.max(...values);
    expect(record.best).toEqual({ epoch: values.indexOf(best) + 1, value: best });
    expect(record.history.length).toBe((record.best?.epoch ?? 0) + 2);
    expect(record.checkpoints.best).toBe(`epoch-${String(record.best?.epoch).padStart(4, '0')}`);
  });

  it('names a metric that the model lacks', async () => {
    await expect(train('a', { metric: 'kind.accurracy' })).rejects.toThrow(
      /training\.metric: .*got "kind\.accurracy".*Did you mean "kind\.accuracy"\?/s,
    );
    expect(existsSync(join(folder, 'a'))).toBe(false);
  });

  it('names a learning-rate group that fits nothing', async () => {
    await expect(train('a', { groups: [{ parameters: 'modalities.image.*', learningRate: 1 }] })).rejects.toThrow(
      SpecError,
    );
  });

  it('stops at a loss that is not finite, naming head and update', async () => {
    await expect(train('a', { optimizer: { type: 'sgd', learningRate: 1e30 }, schedule: 'constant' })).rejects.toThrow(
      /the loss must be finite, got (NaN|-?Infinity) from head "kind" in epoch 1, update \d+/,
    );
    await expect(train('b', { optimizer: { type: 'sgd', learningRate: 1e30 }, schedule: 'constant' })).rejects.toThrow(
      TrainingError,
    );
  });

  it('leaves no tensor behind, also when it fails', async () => {
    await train('warm-up', { epochs: 1 });
    const before = memory().numTensors;
    await train('a', { epochs: 2 });
    await train('b', { optimizer: { type: 'sgd', learningRate: 1e30 }, schedule: 'constant' }).catch(() => undefined);
    await train(
      'c',
      {},
      abortWhen((event) => event.type === 'batch'),
    );
    expect(memory().numTensors).toBe(before);
  });
});

describe('a run folder', () => {
  it('is not written over unless told', async () => {
    await train('a', { epochs: 1 });
    const before = digest('a');
    await expect(train('a', { epochs: 2 })).rejects.toThrow(/the output folder exists already.*--resume.*--overwrite/s);
    expect(digest('a')).toBe(before);
    await train('a', { epochs: 2 }, { overwrite: true });
    expect(digest('a')).not.toBe(before);
  });

  it('survives a save that fails, with the former checkpoint intact', async () => {
    await train('a', { epochs: 1 });
    const before = digest('a');
    const model = await workbench.load(join(folder, 'a'));
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const [parameter] = model.parameters.list();
    if (parameter) vi.spyOn(parameter.value, 'data').mockRejectedValue(full);
    await expect(
      saveCheckpoint(join(folder, 'a/checkpoints/epoch-0002'), { model: model as never, baseFolder: folder }),
    ).rejects.toThrow(
      /epoch-0002: the checkpoint cannot be saved, no space is left on the disk\. Earlier checkpoints are untouched/,
    );
    model.dispose();
    expect(readdirSync(join(folder, 'a/checkpoints'))).toEqual(['epoch-0001']);
    expect(digest('a')).toBe(before);
  });

  it('says which file is missing or cut short', async () => {
    await train('a', { epochs: 1 });
    const checkpoint = join(folder, 'a/checkpoints/epoch-0001');
    truncateSync(join(checkpoint, 'model.safetensors'), 3000);
    await expect(workbench.load(join(folder, 'a'))).rejects.toThrow(
      /model\.safetensors: the file must have \d+ bytes.*got 3000.*cut short/s,
    );
    unlinkSync(join(checkpoint, 'model.safetensors'));
    await expect(workbench.load(join(folder, 'a'))).rejects.toThrow(
      /a checkpoint must hold model\.safetensors, got a folder with/,
    );
    await expect(workbench.load(join(folder, 'none'))).rejects.toThrow(CheckpointError);
  });

  it('predicts after loading what the trained model predicted', async () => {
    const { test } = await train('a');
    const model = await workbench.load(join(folder, 'a'));
    const again = await workbench.evaluate(model as never, tinyDataset());
    expect(again.heads['kind']?.table.logits).toEqual(test?.heads['kind']?.table.logits);
    model.dispose();
  });
});
