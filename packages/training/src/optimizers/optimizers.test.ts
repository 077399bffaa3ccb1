// PyTorch's numbers are in test/parity/training.test.ts; here is what they do not show.
import '@tensorflow/tfjs-backend-cpu';
import { memory, scalar, setBackend, tensor1d, tidy, zeros, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { Definition, Optimizer, UpdateInput } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adam } from './adam.js';
import { bertAdam } from './bertAdam.js';
import { optimizers } from './index.js';
import { sgd } from './sgd.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const none = {} as never;
const create = (definition: Definition<'optimizer'>, options: object = {}): Optimizer =>
  definition.create(definition.config.parse(options), none, none) as Optimizer;

interface Update {
  readonly gradients: readonly (readonly number[])[];
  readonly start?: readonly number[];
  readonly learningRate?: number;
  readonly weightDecay?: number;
  readonly gradientScale?: number;
}

const scalarsOf = (numbers: Readonly<Record<string, number>>): Record<string, Scalar> =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, scalar(value)]));

/** The parameter after an update for each of the gradients. */
function run(
  optimizer: Optimizer,
  { gradients, start = [1, -2], learningRate = 0.1, weightDecay = 0, gradientScale }: Update,
): number[] {
  return tidy(() => {
    let parameter: Tensor = tensor1d([...start]);
    let slots: UpdateInput['slots'] = Object.fromEntries(optimizer.slots.map((name) => [name, zeros([start.length])]));
    gradients.forEach((gradient, i) => {
      ({ parameter, slots } = optimizer.update({
        parameter,
        gradient: tensor1d([...gradient]),
        slots,
        learningRate: scalar(learningRate),
        scalars: scalarsOf(optimizer.stepScalars(i + 1)),
        ...(gradientScale !== undefined && { gradientScale: scalar(gradientScale) }),
        weightDecay,
      }));
    });
    return [...parameter.dataSync()] as never;
  });
}

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(want[i] ?? NaN, 5);
  });
}

describe.each(optimizers.map((definition) => [definition.name, definition] as const))('%s', (_, definition) => {
  it('owns what it returns and leaves nothing else behind', () => {
    const optimizer = create(definition, definition.name === 'sgd' ? { momentum: 0.9 } : {});
    const step = (): void => {
      const slots = Object.fromEntries(optimizer.slots.map((name) => [name, zeros([2])]));
      const scalars = scalarsOf(optimizer.stepScalars(1));
      const borrowed = {
        parameter: tensor1d([1, 2]),
        gradient: tensor1d([3, 4]),
        learningRate: scalar(0.1),
        gradientScale: scalar(0.5),
      };
      const result = optimizer.update({ ...borrowed, slots, scalars, weightDecay: 0.1 });
      for (const tensor of [result.parameter, ...Object.values(result.slots)]) tensor.dispose();
      for (const tensor of [...Object.values(borrowed), ...Object.values(slots), ...Object.values(scalars)])
        tensor.dispose();
    };
    step();
    const before = memory().numTensors;
    step();
    expect(memory().numTensors).toBe(before);
  });

  it('returns the slots it declares', () => {
    const optimizer = create(definition);
    const names = tidy(() => {
      const slots = Object.fromEntries(optimizer.slots.map((name) => [name, zeros([1])]));
      const result = optimizer.update({
        parameter: tensor1d([1]),
        gradient: tensor1d([1]),
        slots,
        learningRate: scalar(0.1),
        scalars: scalarsOf(optimizer.stepScalars(1)),
        weightDecay: 0,
      });
      return Object.keys(result.slots) as never;
    });
    expect(names).toEqual([...optimizer.slots]);
  });

  it('scales the gradient first', () => {
    const optimizer = create(definition);
    const scaled = run(optimizer, {
      gradients: [
        [2, -4],
        [1, 1],
      ],
      gradientScale: 0.25,
    });
    expectClose(
      scaled,
      run(optimizer, {
        gradients: [
          [0.5, -1],
          [0.25, 0.25],
        ],
      }),
    );
  });
});

describe('sgd', () => {
  it('with nesterov looks one momentum step ahead', () => {
    const optimizer = create(sgd, { momentum: 0.9, nesterov: true });
    const [b1, b2] = [1, 0.9 * 1 + 3];
    const want = 0 - 0.1 * (1 + 0.9 * b1) - 0.1 * (3 + 0.9 * b2);
    expectClose(run(optimizer, { start: [0], gradients: [[1], [3]] }), [want]);
  });

  it('dampens from the second update on, as PyTorch', () => {
    const optimizer = create(sgd, { momentum: 0.5, dampening: 0.5 });
    expectClose(run(optimizer, { start: [0], gradients: [[1], [2]] }), [-0.1 * 1 - 0.1 * (0.5 * 1 + 0.5 * 2)]);
  });

  it('decays beside the gradient, or through the momentum as PyTorch', () => {
    const update: Update = { start: [2], gradients: [[0], [0]], weightDecay: 0.5 };
    expectClose(run(create(sgd, { momentum: 0.9 }), update), [2 * 0.95 * 0.95]);
    const b1 = 0.5 * 2;
    const p1 = 2 - 0.1 * b1;
    expectClose(run(create(sgd, { momentum: 0.9, decay: 'l2' }), update), [p1 - 0.1 * (0.9 * b1 + 0.5 * p1)]);
  });

  it('refuses nesterov without momentum', () => {
    expect(() => create(sgd, { nesterov: true })).toThrow(/needs momentum above 0 and no dampening/);
  });
});

describe('adam', () => {
  it('adds decay to the gradient', () => {
    const decayed = run(create(adam), { gradients: [[0.5, 0]], weightDecay: 0.1 });
    expectClose(decayed, run(create(adam), { gradients: [[0.5 + 0.1, -0.2]] }));
  });
});

describe('bert-adam', () => {
  it('clips each parameter by its own norm, after a scale of the whole gradient', () => {
    const optimizer = create(bertAdam);
    const unclipped = create(bertAdam, { clipNorm: null });
    expectClose(run(optimizer, { gradients: [[3, 4]] }), run(unclipped, { gradients: [[0.6, 0.8]] }));
    expectClose(
      run(optimizer, { gradients: [[30, 40]], gradientScale: 0.01 }),
      run(unclipped, { gradients: [[0.3, 0.4]] }),
    );
  });

  it('moves by a tenth of the mean in the first update: no bias correction', () => {
    const [value] = run(create(bertAdam), { start: [0], gradients: [[0.5]], learningRate: 1 });
    expect(value).toBeCloseTo(-0.05 / (Math.sqrt(0.001 * 0.25) + 1e-6), 4);
  });
});
