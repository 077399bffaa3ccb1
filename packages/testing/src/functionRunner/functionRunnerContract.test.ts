// The contract passes sound runners and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import { keep, scalar, setBackend } from '@tensorflow/tfjs-core';
import { eagerRunner, type FunctionRunner } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import * as faulty from '../../test/faultyRunners.js';
import { rulesBrokenBy, type BrokenRule } from '../brokenRules.js';
import { functionRunnerContract } from './functionRunnerContract.js';
import { ReplayRunner } from './replayRunner.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const broken = (make: () => FunctionRunner): Promise<readonly BrokenRule[]> =>
  rulesBrokenBy('runner', functionRunnerContract, make);

const keepingOneTensor = (): FunctionRunner =>
  faulty.replayingWith({
    calls: (run) => (fn) => {
      keep(scalar(0));
      return run(fn);
    },
  });

const wrappingErrors = (): FunctionRunner =>
  faulty.replayingWith({
    calls: (run) => (fn) =>
      run(fn).catch((error: unknown) => {
        throw new Error('the function failed', { cause: error });
      }),
  });

const cases: readonly FaultCase<() => FunctionRunner>[] = [
  [
    'says nothing of itself',
    () => faulty.replayingWith({ description: '' }),
    'says what it does',
    /^description: must be 1 to 61 characters/,
  ],
  [
    'remembers what came out',
    faulty.rememberingResults,
    'gives each call the values',
    /^squares of 4,5,6: value 0 must/,
  ],
  ['keeps a graph of one shape', faulty.ofOneShape, 'takes other shapes', /^the graph takes/],
  [
    'does not look at keys',
    () => faulty.onOther(() => ({ key: 'contract/' })),
    'runs the body of another key',
    /^second key: value 0 must be 6/,
  ],
  [
    'gives every output as float32',
    faulty.givingFloats,
    'keeps the structure',
    /^structure of the outputs: must be .*int32/,
  ],
  [
    'takes inputs for one that were one before',
    faulty.mergingInputs,
    'takes a tensor that stands at two',
    /^two tensors: value 0 must be 31 .* got 11\./,
  ],
  [
    'wraps the errors of a body',
    wrappingErrors,
    'lets errors of a body through',
    /^first call: got Error: the function failed/,
  ],
  [
    'repeats what was read',
    faulty.repeatingReads,
    'never repeats what was read',
    /^values: value 0 must be 25 .* got 10\./,
  ],
  [
    'loses the constants of a body',
    faulty.losingConstants,
    'multiplies matrices',
    /^product: value 0 must be 3 .* got 0\./,
  ],
  ['assigns after the body', faulty.assigningLate, 'assigns variables', /^after: value 0 must be 11 .* got 1\./],
  [
    'keeps the values of variables to itself',
    faulty.keepingVariables,
    'sees what was assigned',
    /^before: value 0 must be 7 .* got 2\./,
  ],
  [
    'keeps scalars of the first call',
    faulty.bakingInScalars,
    'computes gradients and updates',
    /^the variable: value 0 must be/,
  ],
  ['frees its inputs', faulty.freeingInputs, 'leaves its inputs as they were', /^an input must not be disposed/],
  ['hands out inputs and variables themselves', faulty.lendingOutputs, 'gives outputs that may be freed', /disposed/],
  [
    'keeps a tensor of each call',
    keepingOneTensor,
    'leaves nothing behind from one call',
    /^three calls must leave no tensor behind, got 3\./,
  ],
  [
    'keeps a tensor when a body fails',
    faulty.leakingOnFailure,
    'leaves nothing behind when a body fails',
    /^calls that fail must leave no tensor behind, got 2\./,
  ],
  [
    'forgets nothing',
    () => faulty.replayingWith({ forget: () => undefined }),
    'forgets what is kept',
    /^second body: must run after forget/,
  ],
  [
    'forgets under a call that runs',
    faulty.forgettingTooEarly,
    'lets a call that runs now end',
    /^the function is gone/,
  ],
  [
    'runs the last first',
    faulty.lastFirst,
    'runs functions that are started together',
    /^the variable: value 0 must be 51/,
  ],
];

describe('the contract of function runners', () => {
  it('passes sound ones', async () => {
    expect(await broken(() => eagerRunner)).toEqual([]);
    expect(await broken(() => new ReplayRunner({ mode: 'replay' }))).toEqual([]);
  });

  describeFaults(functionRunnerContract, cases, broken);
});
