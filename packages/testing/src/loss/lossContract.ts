// Shapes: B batch, C outputs.
import {
  grad,
  mul,
  ones,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { expectGradient } from '../checks/gradientCheck.js';
import { expectNoLeak } from '../checks/leakCheck.js';
import { randomNumbers, randomTensor, readTensors, rowsOf } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectAgree, expectFinite, expectShape, expectThat, expectUserError, failureOf } from '../expectations.js';
import { pairLossRules } from './pairLossRules.js';
import {
  exampleTargets,
  numSamples as B,
  rightLogits,
  targetTensor,
  type LossOfKind,
  type LossSubject,
} from './lossSubject.js';

const C = 3;

/** A rule for each kind of target that a loss takes. */
const forEachKind =
  (check: (one: LossOfKind) => Promise<void>) =>
  async ({ losses }: LossSubject): Promise<void> => {
    for (const one of losses) await check(one);
  };

/** What every loss keeps to. */
export const lossContract: Contract<LossSubject> = [
  {
    rule: 'gives a loss and a weight for each sample',
    check: forEachKind(async (one) => {
      const { perSample, weight } = await readTensors(() => termsOf(one));
      expectShape(perSample.shape, [B], 'perSample');
      expectShape(weight.shape, [B], 'weight');
      expectFinite(perSample.values, 'perSample');
      expectFinite(weight.values, 'weight');
      expectThat(
        weight.values.every((w) => w >= 0),
        'weight: must not be below 0.',
      );
      expectThat(
        weight.values.some((w) => w > 0),
        'weight: must be above 0 for some sample.',
      );
    }),
  },
  {
    rule: 'stays finite on extreme logits, value and gradient',
    check: forEachKind(async (one) => {
      const right = exampleTargets[one.targetKind].map((target) => rightLogits(one.targetKind, target, 1e4));
      for (const [what, factor] of [
        ['right', 1],
        ['wrong', -1],
        ['no', 0],
      ] as const) {
        const logits = right.map((row) => row.map((x) => factor * x));
        const { perSample, slopes } = await readTensors(() => ({
          perSample: termsOf(one, tensor2d(logits, [B, C])).perSample,
          slopes: slopesOf(one, tensor2d(logits, [B, C])),
        }));
        expectFinite(perSample.values, `loss of ${what} logits ±1e4`);
        expectFinite(slopes.values, `gradient at ${what} logits ±1e4`);
      }
    }),
  },
  {
    rule: 'repeats itself',
    check: forEachKind(async (one) => {
      const [first, second] = [await readTensors(() => termsOf(one)), await readTensors(() => termsOf(one))];
      expectAgree(second.perSample.values, first.perSample.values, 'loss of the same logits again', 0);
    }),
  },
  {
    rule: 'has the gradient of its value',
    check: forEachKind(async (one) => {
      const logits = randomTensor<Tensor2D>([B, C], 21);
      const value = (x: Tensor): Scalar => counted(one, x as Tensor2D);
      await expectGradient(value, [logits], { what: `gradient for ${one.targetKind} targets` });
      logits.dispose();
    }),
  },
  {
    rule: 'is less for the right prediction than for a wrong one',
    check: forEachKind(async (one) => {
      const targets = exampleTargets[one.targetKind];
      const loss = async (given: readonly (readonly number[])[]): Promise<readonly number[]> => {
        const logits = given.map((target) => rightLogits(one.targetKind, target, 3));
        return (await readTensors(() => termsOf(one, tensor2d(logits.flat(), [B, C])))).perSample.values;
      };
      const [right, wrong] = [await loss(targets), await loss([...targets.slice(1), ...targets.slice(0, 1)])];
      right.forEach((value, i) => {
        const worse = wrong[i] ?? Number.NaN;
        const differs = String(targets[i]) !== String(targets[(i + 1) % B]);
        expectThat(
          !differs || value < worse,
          `loss: must be below ${worse} where the prediction is right, got ${value}.`,
        );
      });
    }),
  },
  {
    rule: 'treats each sample for itself, in any order',
    check: forEachKind(async (one) => {
      const expected = await readTensors(() => termsOf(one));
      for (const samples of [[3, 1, 0, 2], [2]]) {
        const { perSample, weight } = await readTensors(() => termsOf(one, exampleLogits(samples), samples));
        samples.forEach((sample, i) => {
          const got = [perSample.values[i] ?? Number.NaN, weight.values[i] ?? Number.NaN];
          const want = [expected.perSample.values[sample] ?? 0, expected.weight.values[sample] ?? 0];
          expectAgree(got, want, `loss and weight of sample ${sample} among ${samples.length}`, 1e-5);
        });
      }
    }),
  },
  {
    rule: 'weighs a sample by its target, whatever the logits',
    check: forEachKind(async (one) => {
      const other = () => termsOf(one, randomTensor<Tensor2D>([B, C], 22));
      const [first, second] = [await readTensors(() => termsOf(one)), await readTensors(other)];
      expectAgree(second.weight.values, first.weight.values, 'weight', 0);
    }),
  },
  {
    rule: 'lets a sample without a label change nothing',
    check: forEachKind(async (one) => {
      const last = Array.from({ length: C }, (_, i) => (i % 2 === 0 ? 1e4 : -1e4));
      const { slopes, without } = await readTensors(() => {
        const rest = exampleLogits([0, 1, 2]);
        const all = tensor2d([...exampleNumbers([0, 1, 2]).flat(), ...last], [B, C]);
        return { slopes: slopesOf(one, all, [1, 1, 1, 0]), without: slopesOf(one, rest, [1, 1, 1]) };
      });
      expectAgree(rowsOf(slopes)[B - 1] ?? [], [0, 0, 0], 'gradient of a sample without a label', 0);
      expectAgree(slopes.values.slice(0, -C), without.values, 'gradient of the others', 1e-5);
    }),
  },
  {
    rule: 'refuses logits of another width',
    check: forEachKind(async (one) => {
      const call = (): unknown => tidy(() => void termsOf(one, randomTensor<Tensor2D>([B, C + 1], 23)));
      expectUserError(await failureOf(call, 'terms of 4 logits'), { names: String(C + 1) }, 'terms of 4 logits');
    }),
  },
  {
    rule: 'borrows its arguments and leaves no tensor behind',
    check: forEachKind(async (one) => {
      await expectNoLeak(() => {
        const [logits, targets] = [exampleLogits(), targetTensor(one.targetKind, exampleTargets[one.targetKind])];
        const present = tensor1d([1, 1, 1, 1]);
        const { perSample, weight } = one.loss.terms(logits, targets, present);
        perSample.dispose();
        weight.dispose();
        expectThat(!logits.isDisposed && !targets.isDisposed, 'terms: must leave its arguments.');
        logits.dispose();
        targets.dispose();
        present.dispose();
      }, 'terms');
      await expectNoLeak(() => {
        tidy(() => void slopesOf(one, exampleLogits()));
      }, 'gradient of terms');
    }),
  },
  ...pairLossRules,
];

const exampleNumbers = (samples = [0, 1, 2, 3]): readonly (readonly number[])[] =>
  samples.map((sample) => randomNumbers(C, sample));

const exampleLogits = (samples?: number[]): Tensor2D => {
  const rows = exampleNumbers(samples);
  return tensor2d(rows.flat(), [rows.length, C]);
};

/** Terms of the example's targets, or of those of some samples. Call it inside a tidy. */
function termsOf({ loss, targetKind }: LossOfKind, logits = exampleLogits(), samples?: readonly number[]) {
  const all = exampleTargets[targetKind];
  const rows = samples ? samples.map((sample) => all[sample] ?? []) : all.slice(0, logits.shape[0]);
  return { ...loss.terms(logits, targetTensor(targetKind, rows), ones([rows.length])) };
}

/** Σ loss · present: what a step divides by the sum of weights and follows downhill. */
function counted(one: LossOfKind, logits: Tensor2D, present: readonly number[] = [0.3, 1.7, 1, 0.6]): Scalar {
  return sum(mul(termsOf(one, logits).perSample, tensor1d([...present])));
}

const slopesOf = (one: LossOfKind, logits: Tensor2D, present: readonly number[] = [1, 1, 1, 1]): Tensor =>
  grad((x) => counted(one, x as Tensor2D, present))(logits);
