// Losses that compare the pairs of a batch. Shapes: B batch, C outputs: two embeddings of two numbers.
import {
  grad,
  mul,
  slice,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  zeros,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { Loss } from '@tessera/core';
import { expectGradient } from '../checks/gradientCheck.js';
import { expectNoLeak } from '../checks/leakCheck.js';
import { randomTensor, readTensors, rowsOf } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectAgree, expectFinite, expectShape, expectThat, expectUserError, failureOf } from '../expectations.js';
import { pairOutputs as C, type LossSubject } from './lossSubject.js';

const B = 4;

const forEachLoss =
  (check: (loss: Loss) => Promise<void>) =>
  async ({ pairLosses }: LossSubject): Promise<void> => {
    for (const loss of pairLosses) await check(loss);
  };

/** What losses of pairs keep to. */
export const pairLossRules: Contract<LossSubject> = [
  {
    rule: 'gives a finite loss of each pair, on extreme logits too, with the gradient of its value',
    check: forEachLoss(async (loss) => {
      for (const scale of [1, 1e4]) {
        const { perSample, slopes } = await readTensors(() => ({
          perSample: termsOf(loss, exampleLogits(scale)).perSample,
          slopes: slopesOf(loss, exampleLogits(scale)),
        }));
        expectShape(perSample.shape, [B], 'perSample');
        expectFinite(perSample.values, `loss of logits times ${scale}`);
        expectFinite(slopes.values, `gradient at logits times ${scale}`);
      }
      const logits = exampleLogits(1);
      await expectGradient((x) => counted(loss, x as Tensor2D), [logits], { what: 'gradient for pairs' });
      logits.dispose();
    }),
  },
  {
    rule: 'is less where the sides of a pair are alike than where they are another pair’s',
    check: forEachLoss(async (loss) => {
      const sides = [[3, 0], [0, 3], [-3, 0], [0, -3]]; // prettier-ignore
      const lossOf = async (shift: number): Promise<readonly number[]> => {
        const rows = sides.map((side, i) => [...side, ...(sides[(i + shift) % B] ?? [])]);
        return (await readTensors(() => ({ perSample: termsOf(loss, tensor2d(rows)).perSample }))).perSample.values;
      };
      const [right, wrong] = [await lossOf(0), await lossOf(1)];
      const isLess = right.every((value, i) => value < (wrong[i] ?? Number.NaN));
      expectThat(isLess, `loss: must be less for right pairs, got ${right.join()} and ${wrong.join()} for wrong ones.`);
    }),
  },
  {
    rule: 'lets a sample that lacks a side change nothing',
    check: forEachLoss(async (loss) => {
      const { slopes, without } = await readTensors(() => {
        const all = exampleLogits(1);
        return {
          slopes: slopesOf(loss, all, [1, 1, 1, 0]),
          without: slopesOf(loss, slice(all, [0, 0], [B - 1, C]), [1, 1, 1]),
        };
      });
      expectAgree(rowsOf(slopes)[B - 1] ?? [], new Array<number>(C).fill(0), 'gradient of a sample without a side', 0);
      expectAgree(slopes.values.slice(0, -C), without.values, 'gradient of the others', 1e-5);
    }),
  },
  {
    rule: 'refuses pairs of another width, borrows its arguments and leaves no tensor behind',
    check: forEachLoss(async (loss) => {
      const call = (): unknown => tidy(() => void termsOf(loss, randomTensor<Tensor2D>([B, C + 2], 23)));
      expectUserError(await failureOf(call, 'terms of 6 logits'), { names: String(C + 2) }, 'terms of 6 logits');
      await expectNoLeak(() => {
        tidy(() => void slopesOf(loss, exampleLogits(1)));
        const given = [exampleLogits(1), zeros([B], 'int32'), tensor1d([1, 1, 1, 1])] as const;
        const made = loss.terms(given[0], given[1], given[2]);
        for (const tensor of [made.perSample, made.weight, ...given]) {
          expectThat(!tensor.isDisposed, 'terms: must leave its arguments.');
          tensor.dispose();
        }
      }, 'terms of pairs');
    }),
  },
];

const exampleLogits = (scale: number): Tensor2D => randomTensor<Tensor2D>([B, C], 31, scale);

/** Terms of logits. Call it inside a tidy. */
const termsOf = (loss: Loss, logits: Tensor2D, present = new Array<number>(logits.shape[0]).fill(1)) =>
  loss.terms(logits, zeros([present.length], 'int32'), tensor1d(present));

const counted = (loss: Loss, logits: Tensor2D, present = [1, 1, 1, 1]): Scalar =>
  sum(mul(termsOf(loss, logits, present).perSample, tensor1d(present)));

const slopesOf = (loss: Loss, logits: Tensor2D, present?: number[]): Tensor =>
  grad((x) => counted(loss, x as Tensor2D, present))(logits);
