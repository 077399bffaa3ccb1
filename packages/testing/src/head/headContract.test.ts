// The contract passes a sound head and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import { add, cast, mean, ones, setBackend, tensor1d, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { DataError, defineHead, definePlugin, normal, type Head, type ParameterScope } from '@tessera/core';
import { Linear } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { brokenRules } from '../brokenRules.js';
import type { HeadCase } from './headSubject.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const labels = ['cat', 'dog', 'bird'];
const best = (logits: Float32Array): number => logits.indexOf(Math.max(...logits));

/** One of three classes, without a softmax's care. */
function animals(parameters: ParameterScope, inputWidth: number): Head<string, { label: string }> {
  const dense = new Linear(parameters, inputWidth, labels.length, { initializer: normal(1) });
  const indexOf = (target: string): number => {
    const index = labels.indexOf(target);
    if (index < 0) throw new DataError(`unknown animal ${target}. Known: ${labels.join(', ')}.`);
    return index;
  };
  return {
    targetKind: 'class-index',
    numOutputs: labels.length,
    labels,
    mainMetric: 'accuracy',
    defaultMetrics: ['accuracy'],
    logits: ({ pooled }) => dense.apply(pooled),
    checkTarget: (target) => void indexOf(target),
    encodeTarget: (target) => [indexOf(target)],
    encodePrediction: (logits) => [best(logits)],
    collateTargets: (targets) =>
      tensor1d(
        targets.map((target) => (target ? indexOf(target) : 0)),
        'int32',
      ),
    scores: (logits) => logits.map((_, i) => Number(i === best(logits))),
    decode: (logits) => ({ label: labels[best(logits)] ?? '' }),
  };
}

type Animals = Head<string, { label: string }>;
type Breaks = (sound: Animals, parameters: ParameterScope) => Partial<Animals>;

const sound: HeadCase = {
  targets: ['dog', 'bird', 'cat'],
  targetOf: ({ label }: { label: string }) => label,
  faults: [{ raw: 'fish', names: 'fish' }],
};

async function broken(breaks: Breaks): Promise<string[]> {
  const definition = defineHead<string, { label: string }>()({
    name: 'animals',
    summary: 'Animals.',
    config: z.strictObject({}),
    create: (_options, _services, { parameters, inputWidth }) => {
      const made = animals(parameters, inputWidth);
      return { ...made, ...breaks(made, parameters) };
    },
  });
  const plugin = definePlugin({ name: 'zoo', components: [definition] });
  return (await brokenRules([plugin], { head: { animals: [sound] } })).map(({ rule }) => rule);
}

const cases: [what: string, breaks: Breaks, rule: string][] = [
  ['has a label too few', () => ({ labels: ['cat', 'dog'] }), 'names its outputs'],
  [
    'encodes a class beyond the last',
    (made) => ({ encodeTarget: (t) => [(made.encodeTarget(t)[0] ?? 0) + 1] }),
    'encodes a target',
  ],
  [
    'predicts another class',
    (made) => ({ decode: (logits) => made.decode(logits.map((x) => -x)) }),
    'predicts the target',
  ],
  [
    'collates class numbers as float32',
    (made) => ({ collateTargets: (targets) => tidy(() => cast(made.collateTargets(targets), 'float32')) }),
    'collates targets',
  ],
  ['takes every label', () => ({ checkTarget: () => undefined }), 'accepts its targets'],
  [
    'has scores that overflow',
    () => ({
      scores: (logits) => {
        const powers = logits.map(Math.exp);
        return powers.map((power) => power / powers.reduce((a, b) => a + b));
      },
    }),
    'gives finite scores',
  ],
  [
    'predicts what no file holds',
    () => ({ decode: (logits) => ({ label: labels[best(logits)] ?? '', toJSON: () => 'a label' }) }),
    'predicts plain data',
  ],
  ['gives logits of another width', () => ({ logits: ({ pooled }) => pooled.clone() }), 'gives logits'],
  [
    'mixes the samples of a batch',
    (made) => ({
      logits: (...given) =>
        tidy(() => {
          const logits = made.logits(...given);
          return add<Tensor2D>(logits, mean(logits, 0, true));
        }),
    }),
    'treats each sample',
  ],
  [
    'has a parameter that it does not use',
    (_, parameters) => (parameters.weight('spare', [2], normal(1)), {}),
    'sends a gradient',
  ],
  [
    'leaves a tensor behind',
    (made) => ({ logits: (...given) => (ones([1]), made.logits(...given)) }),
    'borrows the joint state',
  ],
  [
    'disposes the joint state',
    (made) => ({
      logits: (state, context) => {
        const logits = made.logits(state, context);
        state.pooled.dispose();
        return logits;
      },
    }),
    'borrows the joint state',
  ],
];

describe('the contract of heads', () => {
  it('passes a sound head', async () => {
    expect(await broken(() => ({}))).toEqual([]);
  });

  it.each(cases)('finds one that %s', async (_, breaks, rule) => {
    expect((await broken(breaks)).filter((found) => found.startsWith(rule))).toHaveLength(1);
  });
});
