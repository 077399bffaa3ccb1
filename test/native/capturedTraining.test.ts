// Training on captured graphs against the same training run operation by operation: dropout draws the same numbers, so that
// only the order of sums differs.
import { mul } from '@tensorflow/tfjs-core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inferenceContext, type Split } from '@tessera/core';
import { createWorkbench, type TesseraWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';

const warnings: string[] = [];
let folder: string;
let workbench: TesseraWorkbench;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-native-'));
  const logger = { info: () => undefined, warn: (message: string) => warnings.push(message) };
  workbench = (await createWorkbench({ backend: 'native', logger })) as unknown as TesseraWorkbench;
});
afterAll(() => {
  workbench.dispose();
  rmSync(folder, { recursive: true });
});

/** A picture of stripes for each sample of the tiny task, which the label decides. */
function withPictures(): ReturnType<typeof tinyDataset> {
  const { splits, fingerprint } = tinyDataset();
  const striped = (split: Split): Split => ({
    ...split,
    sample: (i) => {
      const sample = split.sample(i);
      const period = sample.targets['kind'] === 'fruit' ? 4 : 7;
      const data = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => (at % period < period / 2 ? 200 : 40) + (i % 9));
      return { ...sample, inputs: { ...sample.inputs, image: { width: 32, height: 32, channels: 3, data } } };
    },
  });
  return {
    fingerprint,
    splits: Object.fromEntries(Object.entries(splits).map(([name, split]) => [name, striped(split as Split)])),
  };
}

const image = { encoder: 'resnet18', width: 4, stem: 'small', input: { size: 32 }, pool: { grid: [1, 1] } };
let runs = 0;

async function losses(spec: object, dataset = tinyDataset()): Promise<number[]> {
  const to = join(folder, String(++runs));
  const { record, test } = await workbench.train(spec as never, { to, dataset, check: false });
  return [...record.history.flatMap((epoch) => [epoch.trainLoss, epoch.validation?.loss ?? NaN]), test?.loss ?? NaN];
}

async function expectSame(training: object, modalities: object = {}, dataset = tinyDataset()): Promise<void> {
  const spec = (compile: string): object => {
    const tiny = tinySpec({ ...training, compile });
    return { ...tiny, modalities: { ...tiny.modalities, ...modalities } };
  };
  const captured = await losses(spec('auto'), dataset);
  const eager = await losses(spec('off'), dataset);
  expect(captured.every(Number.isFinite)).toBe(true);
  captured.forEach((loss, i) => expect(loss).toBeCloseTo(eager[i] ?? NaN, 4));
}

describe('training on captured graphs', () => {
  it('equals eager training, with dropout', () => expectSame({}));
  it('equals eager training with clipping and accumulation', () => expectSame({ clipNorm: 0.5, accumulate: 2 }));
  it('equals eager training with sgd', () => expectSame({ optimizer: { type: 'sgd', learningRate: 0.05 } }));
  it('equals eager training with bert-adam', () =>
    expectSame({ optimizer: { type: 'bert-adam', learningRate: 0.01 } }));
  it('equals eager training with a picture tower that is unfrozen later', () =>
    expectSame({ freeze: { image: 1 } }, { image }, withPictures()));
  it('refuses nothing of the built-in parts', () => expect(warnings).toEqual([]));

  it('leaves eager reads the trained values, and inference follows each update', async () => {
    const dataset = withPictures();
    const train = dataset.splits['train'] as Split;
    const tiny = tinySpec({});
    const spec = { ...tiny, modalities: { ...tiny.modalities, image } };
    const model = await workbench.build(spec as never, { training: train });
    const prepared = await Promise.all([0, 1, 2].map((i) => model.prepare(train.sample(i))));
    const captured = async (): Promise<number[]> =>
      (await model.logits(prepared)).flatMap((row) => Object.values(row).flatMap((values) => [...values]));
    const eager = (): number[] => {
      const batch = model.collate(prepared);
      const { logits } = model.forward(batch, inferenceContext());
      return Object.values(logits).flatMap((tensor) => [...tensor.dataSync()]);
    };
    for (let time = 0; time < 3; time++) {
      const [ours, plain] = [await captured(), eager()];
      ours.forEach((value, i) => expect(value).toBeCloseTo(plain[i] ?? NaN, 4));
      for (const { value, path } of model.parameters.list('weight')) {
        if (path.includes('image')) value.assign(mul(value, 1.1));
      }
    }
    model.dispose();
  });
});
