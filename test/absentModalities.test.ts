// Samples that lack a picture or a text, through training, evaluation and prediction.
import { memory, scalar, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { disposeBatch, type Dataset, type Model } from '@tessera/core';
import { ReplayRunner } from '@tessera/testing';
import { computeGradients, evaluateSplit, evaluateSubsets } from '@tessera/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasetWith, pictureTask, TrainingGround, type Task } from './capture/trainingGround.js';
import type { TesseraWorkbench } from 'tessera';

const ground = new TrainingGround();
let workbench: TesseraWorkbench;
beforeAll(async () => {
  workbench = await ground.workbench();
});
afterAll(() => ground.dispose());

type Inputs = Readonly<Record<string, unknown>>;

/** The picture task, with what each sample lacks left out. */
function taskWith(training: Record<string, unknown>, lacks: (index: number) => readonly string[], image = {}): Task {
  const { spec, dataset } = pictureTask(training);
  const { modalities, ...rest } = spec as { modalities: { image: object } };
  const whole = dataset as Dataset;
  const train = whole.splits['train'];
  if (!train) throw new Error('the task has no training split');
  const { splits, fingerprint } = datasetWith((_inputs, i) => {
    const { inputs } = train.sample(i);
    return Object.fromEntries(Object.entries(inputs).filter(([name]) => !lacks(i).includes(name)));
  });
  return {
    spec: { ...rest, modalities: { ...modalities, image: { ...modalities.image, ...image } } },
    dataset: { splits, fingerprint },
  };
}
/** Of eight samples four have both, three lack the picture and one lacks the text. */
const someLack = (index: number): string[] => (index % 8 === 5 ? ['text'] : index % 8 < 3 ? ['image'] : []);
const built = async ({ spec, dataset }: Task): Promise<Model> =>
  (await workbench.build(spec as never, { training: dataset?.splits['train'] as never })) as unknown as Model;
const logitsOf = async (model: Model, samples: readonly Inputs[]): Promise<number[][]> => {
  const prepared = await Promise.all(samples.map((inputs) => model.prepare({ inputs })));
  return (await model.logits(prepared)).map(({ kind }) => [...(kind ?? [])]);
};
const noise = (seed: number) => ({
  ...{ width: 8, height: 8, channels: 3 },
  data: Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => (at * seed) % 256),
});

describe('training where samples lack modalities', () => {
  const settings: [name: string, training: Record<string, unknown>, image: object][] = [
    ['masked', { modalityDropout: { image: 0.4, text: 0.4 } }, {}],
    ['a learned token', { modalityDropout: { image: 0.4 }, freeze: { image: 1 } }, { absent: 'token' }],
    ['batch statistics in a frozen tower', { freeze: { image: 2 }, frozenBatchNorm: 'batch' }, {}],
  ];

  it.each(settings)('gives captured bit by bit what it gives eagerly: %s', async (_, training, image) => {
    const task = taskWith({ batchSize: 6, ...training }, someLack, image);
    const expected = await ground.train(undefined, task);
    for (const mode of ['replay', 'compare'] as const) {
      expect(await ground.train(new ReplayRunner({ mode }), task)).toEqual(expected);
    }
  });

  it('moves running statistics and the picture’s tower by the samples with a picture alone', async () => {
    const model = await built(taskWith({}, () => []));
    const whole = [1, 2, 3].map((seed) => ({ image: noise(seed * 7), text: 'a saw' }));
    let pictureGradient: number[] = [];
    const statisticsOf = async (rows: readonly Inputs[]): Promise<[string, number[]][]> => {
      const samples = await Promise.all(rows.map((inputs) => model.prepare({ inputs, targets: { kind: 'tool' } })));
      const batch = model.collate(samples);
      const stepSeed = scalar(1, 'int32');
      const step = tidy(() => {
        const { losses, gradients, bufferUpdates } = computeGradients(model, batch, {
          stepSeed,
          trained: model.parameters.list('weight'),
          usesBatchStatistics: () => true,
        });
        losses.dispose();
        const picture = [...gradients].find(([path]) => path.startsWith('modalities.image'))?.[1];
        pictureGradient = [...(picture?.dataSync() ?? [])];
        return [...bufferUpdates] as never;
      }) as [{ path: string }, Tensor][];
      const values = step.map(([{ path }, value]): [string, number[]] => [path, [...value.dataSync()]]);
      for (const [, value] of step) value.dispose();
      stepSeed.dispose();
      disposeBatch(batch);
      return values;
    };
    const alone = await statisticsOf(whole);
    expect(alone.length).toBeGreaterThan(10);
    const beside = await statisticsOf([{ text: 'a pear' }, ...whole, { text: 'a plum and the fig' }]);
    expect(beside).toEqual(alone.map(([path, values]) => [path, values.map((value) => expect.closeTo(value, 4))]));
    const before = model.parameters.list('buffer').map(({ path, value }) => [path, [...value.dataSync()]]);
    const none = await statisticsOf([{ text: 'a pear' }, { text: 'a saw' }]);
    expect(new Map(none)).toEqual(new Map(before as [string, number[]][]));
    expect(pictureGradient.length).toBeGreaterThan(10);
    expect(pictureGradient.every((value) => value === 0)).toBe(true);
    model.dispose();
  });
});

describe('prediction and evaluation where samples lack modalities', () => {
  let model: Model;
  const task = taskWith({}, someLack);
  beforeAll(async () => {
    model = await built(task);
  });
  afterAll(() => model.dispose());

  it('gives a sample the same alone, beside any companions, and with any text padded', async () => {
    const lacking = [{ text: 'a pear' }, { image: noise(3) }, { text: 'a saw', image: null }];
    const alone: number[][] = [];
    for (const sample of lacking) alone.push(...(await logitsOf(model, [sample])));
    const companions = [{ image: noise(5), text: 'a fig and the rasp and the drill' }, { image: noise(11) }];
    const together = await logitsOf(model, [...companions, ...lacking]);
    together.slice(2).forEach((row, i) => expect(row).toEqual(alone[i]?.map((value) => expect.closeTo(value, 5))));
    const others = await logitsOf(model, [{ text: 'a plum' }, { image: noise(13), text: 'a clamp' }, ...lacking]);
    others.slice(2).forEach((row, i) => expect(row).toEqual(alone[i]?.map((value) => expect.closeTo(value, 5))));
  });

  it('refuses a sample with nothing, by its row', async () => {
    const nothing = { inputs: { image: null, text: null }, origin: 'rows.jsonl, row 3' };
    await expect(model.prepare(nothing)).rejects.toThrow(
      'rows.jsonl, row 3: a sample needs at least one modality, got none. Give one of: image, text.',
    );
  });

  it('evaluates every subset of the modalities on the samples that have it', async () => {
    const split = task.dataset?.splits['test'];
    if (!split) throw new Error('the task has no test split');
    const before = memory().numTensors;
    const { evaluation, subsets } = await evaluateSubsets(workbench as never, model, split);
    expect(memory().numTensors).toBe(before);
    expect(evaluation).toEqual(await evaluateSplit(workbench as never, model, split));
    expect(subsets.map(({ modalities, evaluation: { numSamples } }) => [modalities.join(), numSamples])).toEqual([
      ['image,text', 4],
      ['image', 5],
      ['text', 7],
    ]);
    const [, , text] = subsets;
    const ids = text?.evaluation.heads['kind']?.ids ?? [];
    const samples = Array.from({ length: split.length }, (_, i) => split.sample(i));
    const shown = samples.filter(({ inputs }) => inputs['text'] !== undefined);
    expect(ids).toEqual(shown.map(({ id }) => id));
    const logits = await logitsOf(model, shown.map(({ inputs: { text: words } }) => ({ text: words }))); // prettier-ignore
    const got = [...(text?.evaluation.heads['kind']?.table.logits ?? [])];
    expect(got).toEqual(logits.flat().map((value) => expect.closeTo(value, 5) as number));
  });

  it('evaluates the split as it is once where no sample lacks anything', async () => {
    const { dataset } = taskWith({}, () => []);
    const split = dataset?.splits['test'];
    if (!split) throw new Error('the task has no test split');
    const { evaluation, subsets } = await evaluateSubsets(workbench as never, model, split);
    expect(subsets[0]?.evaluation).toBe(evaluation);
    expect(subsets.map(({ modalities }) => modalities.length)).toEqual([2, 1, 1]);
  });
});
