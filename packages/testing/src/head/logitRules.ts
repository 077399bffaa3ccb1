// Shapes: B batch, C outputs, W pooled width.
import { slice, Tensor, type Scalar } from '@tensorflow/tfjs-core';
import { inferenceContext, type FusedState } from '@tessera/core';
import { expectParameterGradients } from '../checks/gradientCheck.js';
import { expectNoLeak } from '../checks/leakCheck.js';
import { expectGradientReaches, parameterGradients } from '../checks/parameterGradients.js';
import { inTraining, readTensors, rowsOf, weightedSum } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { tensorsOf } from '../fusion/fusionSubject.js';
import { expectAgree, expectFinite, expectShape, expectThat } from '../expectations.js';
import { expectRestored } from '../parts/savedPart.js';
import { exampleState, maskedState, type HeadSubject } from './headSubject.js';

const B = 3;

/** Rules of `logits`. */
export const logitRules: Contract<HeadSubject> = [
  {
    rule: 'gives logits [B, C] of the joint state',
    check: async ({ head }) => {
      const { logits } = await readTensors(() => ({ logits: head.logits(exampleState(B), inferenceContext()) }));
      expectShape(logits.shape, [B, head.numOutputs], 'logits');
      expectFinite(logits.values, 'logits');
    },
  },
  {
    rule: 'treats each sample for itself',
    check: async ({ head }) => {
      const { all, last } = await readTensors(() => {
        const state = exampleState(B);
        return {
          all: head.logits(state, inferenceContext()),
          last: head.logits(lastSample(state), inferenceContext()),
        };
      });
      expectAgree(last.values, rowsOf(all).at(-1) ?? [], 'logits of one sample');
    },
  },
  {
    rule: 'does not notice what stands at masked tokens',
    check: async ({ head }) => {
      const { logits, other } = await readTensors(() => ({
        logits: head.logits(maskedState(B, 1), inferenceContext()),
        other: head.logits(maskedState(B, 2), inferenceContext()),
      }));
      expectAgree(other.values, logits.values, 'logits with other numbers at masked tokens');
    },
  },
  {
    rule: 'repeats itself in prediction, and in training with the same seed',
    check: async (subject) => {
      expectAgree(await logitsOf(subject), await logitsOf(subject), 'logits in prediction', 0);
      const { head } = subject;
      const trained = async (): Promise<readonly number[]> => {
        const step = () => ({ logits: inTraining(1, (context) => head.logits(exampleState(B), context)) });
        return (await readTensors(step)).logits.values;
      };
      expectAgree(await trained(), await trained(), 'logits in training', 0);
    },
  },
  {
    rule: 'gives the same logits after saving and loading',
    check: (subject) => expectRestored(subject, logitsOf, 'logits'),
  },
  {
    rule: 'sends a gradient to every trained parameter',
    check: async ({ head, parameters, withoutGradient }) => {
      const value = (): Scalar => inTraining(1, (context) => weightedSum(head.logits(exampleState(B), context)));
      await expectGradientReaches(parameters, value, { what: 'logits', except: withoutGradient });
    },
  },
  {
    rule: 'has the gradient of its value in the parameters, where that is smooth',
    check: async ({ head, parameters, smooth }) => {
      if (!smooth) return;
      const value = (): Scalar => weightedSum(head.logits(exampleState(B), inferenceContext()));
      await expectParameterGradients(parameters, value, { what: 'gradient of the logits' });
    },
  },
  {
    rule: 'borrows the joint state and leaves no tensor behind',
    check: async ({ head, parameters }) => {
      await expectNoLeak(() => {
        const state = exampleState(B);
        const made = [head.logits(state, inferenceContext()), head.collateTargets([undefined])];
        for (const tensor of made) tensor.dispose();
        for (const tensor of tensorsOf(state)) {
          expectThat(!tensor.isDisposed, 'logits: must leave the joint state, got a disposed tensor.');
          tensor.dispose();
        }
      }, 'logits and collateTargets');
      const value = (): Scalar => inTraining(1, (context) => weightedSum(head.logits(exampleState(B), context)));
      await expectNoLeak(() => parameterGradients(parameters, value), 'logits in training');
    },
  },
];

const logitsOf = async ({ head }: HeadSubject): Promise<readonly number[]> =>
  (await readTensors(() => ({ logits: head.logits(exampleState(B), inferenceContext()) }))).logits.values;

/** The state of the last sample alone. */
const lastSample = (state: FusedState): FusedState =>
  ({
    ...lastRows(state),
    views: state.views?.map((view) => ({ ...view, ...lastRows(view) })),
  }) as FusedState;

/** The last row of every tensor of a record. */
const lastRows = (record: object): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(record)
      .filter((entry): entry is [string, Tensor] => entry[1] instanceof Tensor)
      .map(([name, tensor]) => {
        const [batch = 1, ...rest] = tensor.shape;
        return [name, slice(tensor, [batch - 1, ...rest.map(() => 0)], [1, ...rest])];
      }),
  );
