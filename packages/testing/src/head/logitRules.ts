// Shapes: B batch, C outputs, W pooled width.
import { slice, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { inferenceContext, type FusedState } from '@tessera/core';
import { expectParameterGradients } from '../checks/gradientCheck.js';
import { expectNoLeak } from '../checks/leakCheck.js';
import { expectGradientReaches, parameterGradients } from '../checks/parameterGradients.js';
import { inTraining, readTensors, rowsOf, weightedSum } from '../checks/tensorReading.js';
import type { Contract } from '../contract.js';
import { expectAgree, expectFinite, expectShape, expectThat } from '../expectations.js';
import { exampleState, type HeadSubject } from './headSubject.js';

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
        for (const tensor of Object.values(state) as Tensor[]) {
          expectThat(!tensor.isDisposed, 'logits: must leave the joint state, got a disposed tensor.');
          tensor.dispose();
        }
      }, 'logits and collateTargets');
      const value = (): Scalar => inTraining(1, (context) => weightedSum(head.logits(exampleState(B), context)));
      await expectNoLeak(() => parameterGradients(parameters, value), 'logits in training');
    },
  },
];

/** The state of the last sample alone. */
const lastSample = (state: FusedState): FusedState =>
  Object.fromEntries(
    (Object.entries(state) as [string, Tensor][]).map(([name, tensor]) => {
      const [batch = 1, ...rest] = tensor.shape;
      return [name, slice(tensor, [batch - 1, ...rest.map(() => 0)], [1, ...rest])];
    }),
  ) as unknown as FusedState;
