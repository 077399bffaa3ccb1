import { isTesseraError, type FunctionRunner, type Precision } from '@tessera/core';
import { matMul } from '@tessera/layers';
import { randomTensor } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectThat, expectUserError, failureOf, resultOf } from '../expectations.js';
import { callFunction, type CallReading } from '../functionRunner/callFunction.js';
import type { BackendSubject } from './backendSubject.js';

/** The precisions beside float32. */
const lower: readonly Precision[] = ['bf16-mixed'];

/** How far from float32 a product of 64 standard normal numbers may be, relative to its size of 8: bfloat16 has 8 bits. */
const allowed = 0.02;

const listed = ({ precisions = [] }: FunctionRunner): readonly Precision[] => ('none' in precisions ? [] : precisions);

/** [4, 64] · [64, 4] */
async function productIn(runner: FunctionRunner, precision: Precision): Promise<CallReading<unknown>> {
  try {
    return await callFunction(runner, {
      name: 'product',
      key: `contract/precision/${precision}/`,
      inputs: { x: randomTensor([4, 64], 1), w: randomTensor([64, 4], 2) },
      precision,
      body: ({ x, w }) => ({ outputs: { y: matMul(x, w) }, info: {} }),
    });
  } finally {
    runner.forget('contract/');
  }
}

/** What a backend computes in, as it says of itself. */
export const precisionRules: Contract<BackendSubject> = [
  {
    rule: 'refuses a precision that it does not list, and says why it has none',
    check: async ({ runner }) => {
      const { precisions = [] } = runner;
      if ('none' in precisions) {
        expectThat(
          precisions.none.trim() !== '',
          'precisions.none: must say why, got nothing. Name what the device lacks.',
        );
      }
      for (const precision of lower.filter((one) => !listed(runner).includes(one))) {
        const error = await failureOf(
          () => productIn(runner, precision),
          `precision ${precision}, which is not listed`,
        );
        expectThat(
          isTesseraError(error),
          `precision ${precision}: must be refused by a BackendError, got ${String(error)}.`,
        );
        expectUserError(error, { names: precision }, `precision ${precision}, which is not listed`);
      }
    },
  },
  {
    rule: 'computes in the precisions that it lists: close to float32, and what comes out is float32',
    check: async ({ runner }) => {
      const full = await productIn(runner, 'float32');
      for (const precision of listed(runner)) {
        const rule = `precision ${precision}: must work, since the runner lists it`;
        const { values, skeleton } = await resultOf(() => productIn(runner, precision), rule);
        expectThat(skeleton.includes('float32'), `precision ${precision}: outputs must be float32, got ${skeleton}.`);
        for (const [i, want] of (full.values[0] ?? []).entries()) {
          const got = values[0]?.[i] ?? NaN;
          expectThat(
            Math.abs(got - want) / 8 <= allowed,
            `precision ${precision}: value ${i} must be ${want} within ${8 * allowed}, got ${got}. Add up in float32.`,
          );
        }
      }
    },
  },
];
