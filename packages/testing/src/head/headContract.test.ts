// The contract passes a sound head and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  cast,
  customGrad,
  mean,
  mul,
  ones,
  setBackend,
  slice,
  tensor1d,
  tidy,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { DataError, defineHead, definePlugin, normal, type Head, type ParameterScope } from '@tessera/core';
import { Linear } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import { brokenRules, type BrokenRule } from '../brokenRules.js';
import { headContract } from './headContract.js';
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

async function faultsOf(breaks: Breaks): Promise<readonly BrokenRule[]> {
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
  return brokenRules([plugin], { head: { animals: [sound] } });
}

const broken = async (...given: Parameters<typeof faultsOf>): Promise<string[]> =>
  (await faultsOf(...given)).map(({ rule }) => rule);

/** A head that does something to its logits. */
const changing =
  (change: (logits: Tensor2D) => Tensor2D): Breaks =>
  (made) => ({ logits: (...given) => tidy(() => change(made.logits(...given))) });

const wrongGradient = customGrad<Tensor2D>((x) => ({
  value: (x as Tensor2D).clone(),
  gradFunc: (dy) => mul(dy, 2),
}));

const cases: readonly FaultCase<Breaks>[] = [
  [
    'has a label too few',
    () => ({ labels: ['cat', 'dog'] }),
    'names its outputs',
    /^number of labels: must be 3, got 2\./,
  ],
  [
    'encodes a class beyond the last',
    (made) => ({ encodeTarget: (t) => [(made.encodeTarget(t)[0] ?? 0) + 1] }),
    'encodes a target',
    /^target: must be a class number below 3, got 3\./,
  ],
  [
    'predicts another class',
    (made) => ({ decode: (logits) => made.decode(logits.map((x) => -x)) }),
    'predicts the target',
    /^decode of logits for "dog": value 0 must be 1, got 0\./,
  ],
  [
    'collates class numbers as float32',
    (made) => ({ collateTargets: (targets) => tidy(() => cast(made.collateTargets(targets), 'float32')) }),
    'collates targets',
    /^type of targets: must be "int32", got "float32"\./,
  ],
  [
    'takes every label',
    () => ({ checkTarget: () => undefined }),
    'accepts its targets',
    /^checkTarget of fish: must throw\./,
  ],
  [
    'has scores that overflow',
    () => ({
      scores: (logits) => {
        const powers = logits.map(Math.exp);
        return powers.map((power) => power / powers.reduce((a, b) => a + b));
      },
    }),
    'gives finite scores',
    /^scores of logits ±100: must be finite, got NaN at 0\./,
  ],
  [
    'predicts what no file holds',
    () => ({ decode: (logits) => ({ label: labels[best(logits)] ?? '', toJSON: () => 'a label' }) }),
    'predicts plain data',
    /^what decode returns: must be plain data, got \(\) => "a label" could/,
  ],
  [
    'gives logits of another width',
    () => ({ logits: ({ pooled }) => pooled.clone() }),
    'gives logits',
    /^logits: must have the shape \[3, 3\], got \[3, 6\]\./,
  ],
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
    /^logits of one sample: value 0 must be/,
  ],
  [
    'has a parameter that it does not use',
    (_, parameters) => (parameters.weight('spare', [2], normal(1)), {}),
    'sends a gradient',
    /^logits: a gradient must reach every trained parameter, got none for/,
  ],
  [
    'leaves a tensor behind',
    (made) => ({ logits: (...given) => (ones([1]), made.logits(...given)) }),
    'borrows the joint state',
    /^logits and collateTargets: must leave no tensor behind, got 1 in each/,
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
    /^logits: must leave the joint state, got a disposed tensor\./,
  ],

  [
    'reads masked tokens',
    (made) => ({
      logits: (state, context) =>
        tidy(() => add(made.logits(state, context), slice(mean(state.tokens as Tensor, 1), [0, 0], [-1, 3]))),
    }),
    'does not notice what stands at masked tokens',
    /^logits with other numbers at masked tokens: value 0 must be/,
  ],
  [
    'adds noise',
    changing((logits) => add(logits, Math.random())),
    'repeats itself',
    /^logits in prediction: value 0 must be/,
  ],
  [
    'has a wrong gradient',
    changing(wrongGradient),
    'has the gradient of its value',
    /^gradient of the logits: must agree with the differences of the value,/,
  ],
  [
    'holds a number that is no parameter',
    (made, parameters) => {
      const factor = 1 + Math.random();
      return changing((logits) => mul(logits, factor))(made, parameters);
    },
    'gives the same logits after saving',
    /^logits after saving and loading: value 0 must be/,
  ],
];

describe('the contract of heads', () => {
  it('passes a sound head', async () => {
    expect(await broken(() => ({}))).toEqual([]);
  });

  describeFaults(headContract, cases, faultsOf);
});
