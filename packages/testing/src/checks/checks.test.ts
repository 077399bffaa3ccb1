import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  customGrad,
  exp,
  memory,
  mul,
  ones,
  relu,
  scalar,
  setBackend,
  sin,
  sum,
  tensor1d,
  type Scalar,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { normal, ParameterStore } from '@tessera/core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectGradient, expectParameterGradients, gradientError, parameterGradientError } from './gradientCheck.js';
import { expectNoLeak, tensorsLeftBy } from './leakCheck.js';
import { expectGradientReaches, parameterGradients } from './parameterGradients.js';

beforeAll(async () => {
  await setBackend('cpu');
});

/** x → x with a gradient that is too large by a tenth. */
const steep = (x: Tensor): Tensor => {
  const same = customGrad<Tensor>((input) => ({
    value: (input as Tensor).clone(),
    gradFunc: (dy: Tensor) => mul(dy, 1.1),
  }));
  return same(x);
};
const wave = (x: Tensor, y: Tensor): Scalar => sum(mul(sin(x), exp(y)));

describe('gradientError', () => {
  const inputs = [tensor1d([0.1, -0.7, 2]), tensor1d([0.3, 0.2, -1])];

  it('is small for a right gradient, by element and in directions', async () => {
    expect(await gradientError(wave, inputs)).toBeLessThan(1e-4);
    expect(await gradientError(wave, inputs, { directions: 3 })).toBeLessThan(1e-4);
  });

  it('is the difference for a wrong one', async () => {
    const slope = (x: Tensor): Scalar => sum(mul(steep(x), 4));
    expect(await gradientError(slope, [tensor1d([1, 2])])).toBeCloseTo(0.1, 3);
    await expect(expectGradient(slope, [tensor1d([1, 2])], { what: 'slope' })).rejects.toThrow(
      'slope: must agree with the differences of the value, got an error of 0.10, allowed is 0.002.',
    );
  });

  it('says so when the gradient is no number', async () => {
    const broken = (x: Tensor): Scalar => sum(mul(steep(x), Number.NaN));
    await expect(expectGradient(broken, [tensor1d([1])])).rejects.toThrow('gradient: must be finite, got NaN.');
  });

  it('takes a smaller step near a kink', async () => {
    const value = (x: Tensor): Scalar => sum(relu(x));
    expect(await gradientError(value, [tensor1d([0.01])])).toBeGreaterThan(0.01);
    expect(await gradientError(value, [tensor1d([0.01])], { step: 0.004 })).toBeLessThan(1e-3);
  });

  it('leaves no tensor behind', async () => {
    expect(await tensorsLeftBy(() => gradientError(wave, inputs))).toBe(0);
  });
});

describe('gradients of parameters', () => {
  let parameters: ParameterStore;
  let [weight, bias] = [ones([1]), ones([1])];
  beforeEach(() => {
    parameters = new ParameterStore(1);
    weight = parameters.scope('layer').weight('weight', [3, 2], normal(1)).value;
    bias = parameters.scope('layer').weight('bias', [2], normal(1)).value;
  });
  const value = (): Scalar => sum(sin(add(weight, bias)));

  it('are compared in random directions, and the parameters are as before', async () => {
    const before = await weight.data();
    expect(await parameterGradientError(parameters, value)).toBeLessThan(1e-4);
    expect(await weight.data()).toEqual(before);
    const wrong = (): Scalar => sum(mul(steep(weight), 3));
    await expect(expectParameterGradients(parameters, wrong)).rejects.toThrow('must agree with the differences');
  });

  it('leave no tensor behind', async () => {
    expect(await tensorsLeftBy(() => parameterGradientError(parameters, value))).toBe(0);
    expect(await tensorsLeftBy(() => parameterGradients(parameters, value))).toBe(0);
  });

  it('must reach every weight unless it is named', async () => {
    await expectGradientReaches(parameters, value, { what: 'layer' });
    const half = (): Scalar => sum(weight);
    await expect(expectGradientReaches(parameters, half, { what: 'layer' })).rejects.toThrow(
      'layer: a gradient must reach every trained parameter, got none for layer.bias.',
    );
    await expectGradientReaches(parameters, half, { what: 'layer', except: /bias$/ });
    const still = (): Scalar => sum(add(weight, mul(bias, 0)));
    await expect(expectGradientReaches(parameters, still, { what: 'layer' })).rejects.toThrow(
      'got zeros for layer.bias',
    );
  });
});

describe('expectNoLeak', () => {
  it('lets the first run make what is kept', async () => {
    let kept: Tensor | undefined;
    await expectNoLeak(() => {
      kept ??= scalar(1);
    }, 'step');
    expect(memory().numTensors).toBeGreaterThan(0);
  });

  it('counts what each further run leaves, and awaits it', async () => {
    const leaking = async (): Promise<void> => {
      await Promise.resolve();
      scalar(1);
      scalar(2);
    };
    await expect(expectNoLeak(leaking, 'step')).rejects.toThrow(
      'step: must leave no tensor behind, got 2 in each run.',
    );
  });
});
