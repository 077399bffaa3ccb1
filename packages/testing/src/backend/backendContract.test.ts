// The contract passes a sound backend and finds what is wrong with broken ones.
import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { describeFaults, type FaultCase } from '../../test/describeFaults.js';
import * as faulty from '../../test/faultyBackend.js';
import { rulesBrokenBy, type BrokenRule } from '../brokenRules.js';
import { backendContract, describeBackend } from './backendContract.js';
import { backendSubject, type OpenAnswer } from './backendSubject.js';

const brokenOn = (open: () => Promise<OpenAnswer>): Promise<readonly BrokenRule[]> =>
  rulesBrokenBy('cpu', backendContract, () => backendSubject({ open }));

async function broken({ runner, break: breakIt }: faulty.Fault): Promise<readonly BrokenRule[]> {
  await setBackend('cpu');
  const mend = breakIt?.();
  try {
    return await brokenOn(() => Promise.resolve(runner ? { runner } : true));
  } finally {
    mend?.();
  }
}

const refuses = 'refuses a precision that it does not list';
const listed = 'computes in the precisions that it lists';
const cases: readonly FaultCase<faulty.Fault>[] = [
  ['computes in 16 bits', faulty.ofHalfPrecision, 'computes in float32', /^floatPrecision: must be 32 .* got 16 and/],
  [
    'reads whole numbers as float32',
    faulty.readingFloats,
    'gives back what it was given',
    /^int32: value 2 must be 16777217, got 16777216\./,
  ],
  [
    'rounds where it makes integers',
    faulty.roundingToIntegers,
    'computes with whole numbers',
    /^float32 to int32: value 0 must be 2, got 3\./,
  ],
  [
    'multiplies matrices wrongly',
    faulty.multiplyingWrongly,
    'gives the values of the operations',
    /^matMul: value 0 must be [-.\d]+, got/,
  ],
  [
    'has a wrong gradient',
    faulty.withWrongGradient,
    'gives their gradients',
    /^gradient of softmax: must agree with the differences .* got an error of/,
  ],
  [
    'adds up in another order each time',
    faulty.summingAnyhow,
    'gives the same bits again',
    /^a sum of 50000 numbers: time 2 must give what the first gave, got/,
  ],
  [
    'draws numbers that change with the shape',
    faulty.drawingByShape,
    'draws random numbers',
    /must depend on its place, and not on the shape/,
  ],
  [
    'draws from half of the range',
    faulty.drawingHalves,
    'draws them evenly',
    /^statelessUniform: the share below 0\.1 must be 0\.1 within 0\.03, got 0\.\d/,
  ],
  [
    'keeps an array of each call',
    faulty.keepingArrays,
    'leaves no tensor and no array',
    /^softmax: three runs must leave nothing behind, got 0 tensors and \d+ arrays/,
  ],
  [
    'reads values late',
    faulty.readingLate,
    'reads the value of the moment',
    /^a variable that is assigned: must have its values/,
  ],
  [
    'computes in any precision',
    faulty.acceptingAnyPrecision,
    refuses,
    /^precision bf16-mixed, which is not listed: must throw/,
  ],
  ['does not say why it has none', faulty.withoutReason, refuses, /^precisions\.none: must say why/],
  [
    'refuses a precision that it lists',
    faulty.promisingTooMuch,
    listed,
    /^precision bf16-mixed: must work, since the runner lists it, got BackendError/,
  ],
  [
    'computes more roughly than it says',
    faulty.roundingRoughly,
    listed,
    /^precision bf16-mixed: value 0 must be .* within 0\.16, got/,
  ],
];

describe('the contract of backends', () => {
  it('passes a sound one', async () => {
    expect(await brokenOn(() => setBackend('cpu'))).toEqual([]);
  });

  it('says what to do when a backend cannot be opened', async () => {
    const found = await brokenOn(() => Promise.resolve(false));
    expect(found).toHaveLength(backendContract.length);
    expect(found[0]?.message).toMatch(/^open: the backend must become the active one, got false\. Register it/);
  });

  it('comes with that of runners in one call, on the runner that was opened', () => {
    const names: string[] = [];
    const framework = { describe: (name: string, body: () => void) => (names.push(name), body()), it: () => undefined };
    describeBackend(framework, 'mine', { open: () => setBackend('cpu') });
    expect(names).toEqual(['backend mine', 'runner of backend mine']);
  });

  describeFaults(backendContract, cases, broken);
});
