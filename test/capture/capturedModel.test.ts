// What a captured model gives, and how it is said that something cannot be captured.
import { add, mul, tensor2d, tensor3d, tidy, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { CaptureError, defineEncoder, defineOptimizer, definePlugin, type Split } from '@tessera/core';
import { ReplayRunner } from '@tessera/testing';
import { attentionRollout, clsAttention, memoryDataset, type TesseraWorkbench } from 'tessera';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tinyDataset, tinySpec } from '../tinyTask.js';
import { textTask, TrainingGround } from './trainingGround.js';

/** Counts its calls in JavaScript, as no optimizer may. */
const forgetful = defineOptimizer({
  name: 'forgetful',
  summary: 'Plain descent whose rate falls with its own count of calls.',
  config: z.strictObject({}),
  create: () => {
    let calls = 0;
    return {
      ...{ slots: [], scheduleBy: 'run', learningRate: 0.1, weightDecay: 0 },
      stepScalars: () => ({}),
      update: ({ parameter, gradient }) => ({
        parameter: add(parameter, mul(gradient, -0.1 / (1 + Math.floor(calls++ / 100)))),
        slots: {},
      }),
    };
  },
});

/** Looks at its numbers to choose what to compute. */
const curious = defineEncoder<number, number, { rows: Tensor3D; present: Tensor2D }>()({
  name: 'curious',
  summary: 'A number, doubled where it is large.',
  config: z.strictObject({}),
  create: () => ({
    ...{ tokenWidth: 1, maxTokens: 1, fixedLength: true, tokenSpace: 'encoder', numParts: 1, towerPaths: [] },
    prepare: async (raw) => raw,
    collate: (items) => ({
      rows: tensor3d(items.map((item) => [[item ?? 0]])),
      present: tensor2d(items.map((item) => [item === undefined ? 0 : 1])),
    }),
    encode: ({ rows, present }) => ({
      tokens: (rows.bufferSync().get(0, 0, 0) > 1 ? mul(rows, 2) : rows.clone()) as Tensor3D,
      mask: present.clone(),
    }),
    describeTokens: () => [{ kind: 'other', label: 'number' }],
  }),
});

const ground = new TrainingGround([definePlugin({ name: 'odd', components: [forgetful, curious] })]);
afterAll(() => ground.dispose());

const build = (workbench: TesseraWorkbench) =>
  workbench.build(tinySpec() as never, { training: tinyDataset().splits['train'] as Split });

type Built = Awaited<ReturnType<typeof build>>;

/** Logits and attention of some texts, with other parameters for each. */
async function passes(model: Built): Promise<unknown[]> {
  const given: unknown[] = [];
  for (const text of ['a fig and the saw', 'a saw and the fig', 'a fig and the saw']) {
    const sample = await model.prepare({ inputs: { text } });
    given.push(await model.logits([sample]));
    for (const layers of ['last', 'all'] as const) given.push(await clsAttention(model as never, sample, layers));
    const rollout = await attentionRollout(model as never, sample);
    expect(Math.min(...(rollout.modalities[0]?.tokens ?? []).map(({ attention }) => attention))).toBeGreaterThan(0.01);
    given.push(rollout);
    for (const { value } of model.parameters.list()) tidy(() => value.assign(mul(value, 0.9)));
  }
  return given;
}

describe('a captured model', () => {
  it('predicts and explains as an eager one, and sees new parameters', async () => {
    const eager = await build(await ground.workbench());
    const runner = new ReplayRunner({ mode: 'replay' });
    const captured = await build(await ground.workbench(runner));
    expect(await passes(captured)).toEqual(await passes(eager));
    expect(runner.numRepeats).toBe(8);
    const names = ['logits/', 'attention/last/', 'attention/all/', 'attention/rollout/'];
    expect(runner.keys).toEqual(names.map((name) => captured.key + name));
    captured.dispose();
    expect(runner.keys).toEqual([]);
    eager.dispose();
  });
});

describe('what cannot be captured', () => {
  it('is found where a step depends on a count in JavaScript', async () => {
    const task = textTask({ optimizer: { type: 'forgetful' }, epochs: 5 });
    await expect(ground.train(new ReplayRunner({ mode: 'compare' }), task)).rejects.toThrow(
      /training step: calls with one key must do the same.* a constant that operation \d+, Multiply, reads was float32 \[\] -0.1.*, then float32 \[\] -0.05/,
    );
  });

  it('is named where a part reads a value, and runs with compile off', async () => {
    const numbers = [1, 2, 3, 4].map((number) => ({ inputs: { number }, targets: { kind: number > 2 ? 'b' : 'a' } }));
    const task = (compile: string) => ({
      spec: {
        name: 'curious',
        modalities: { number: { encoder: 'curious' } },
        fusion: { type: 'concat' },
        heads: { kind: { type: 'single-label' } },
        training: { epochs: 1, batchSize: 2, compile },
      },
      dataset: memoryDataset({ train: numbers }),
    });
    const runner = new ReplayRunner({ mode: 'replay' });
    const error = await ground.train(runner, task('auto')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CaptureError);
    expect(error).toMatchObject({ part: 'modalities.number (encoder curious)' });
    expect((error as Error).message).toMatch(/^modalities.number \(encoder curious\): a value must not be read/);
    await ground.train(runner, task('off'));
  });
});
