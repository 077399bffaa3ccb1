// PyTorch's numbers are in test/parity/objectives.test.ts; here is what they do not show.
import '@tensorflow/tfjs-backend-cpu';
import {
  div,
  memory,
  mul,
  setBackend,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  valueAndGrad,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { ShapeError, type Loss, type LossContext } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bce } from './bceLoss.js';
import { crossEntropy } from './crossEntropyLoss.js';
import { focal } from './focalLoss.js';
import { mse } from './mseLoss.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const contextOf = (
  targetKind: LossContext['targetKind'],
  statistics = { numSamples: 0, counts: [] as number[] },
): LossContext => ({
  path: 'heads.label.loss',
  numOutputs: 3,
  targetKind,
  labels: ['cat', 'dog', 'bird'],
  statistics,
});
const classIndex = contextOf('class-index');
const multiHot = contextOf('multi-hot');
const none = {} as never;

const ce = (options: object = {}, context = classIndex): Loss =>
  crossEntropy.create(crossEntropy.config.parse(options), none, context as never);
const binary = (options: object = {}, context = multiHot): Loss =>
  bce.create(bce.config.parse(options), none, context as never);
const focalOf = (options: object, context: LossContext): Loss =>
  focal.create(focal.config.parse(options), none, context as never);

const logits = (): Tensor2D => tensor2d([0.3, -1.2, 2, 1, 0.5, -0.7], [2, 3]);
const classes = (): Tensor => tensor1d([2, 1], 'int32');
const rows = (): Tensor => tensor2d([1, 0, 1, 0, 1, 0], [2, 3]);

const termsOf = (loss: Loss, targets: Tensor): { perSample: number[]; weight: number[] } =>
  tidy(() => {
    const { perSample, weight } = loss.terms(logits(), targets);
    return { perSample: [...perSample.dataSync()], weight: [...weight.dataSync()] } as never;
  });

/** Largest difference between a loss's gradient and central differences of its value. */
function gradientError(loss: Loss, targets: Tensor): number {
  return tidy(() => {
    const factor = tensor1d([0.3, 1.7]);
    const value = (x: Tensor): Scalar => sum(mul(loss.terms(x as Tensor2D, targets).perSample, factor));
    const at = logits();
    const got = [...valueAndGrad(value)(at).grad.dataSync()];
    const start = [...at.dataSync()];
    const shifted = (i: number, by: number): number =>
      value(
        tensor2d(
          start.map((x, j) => (i === j ? x + by : x)),
          [2, 3],
        ),
      ).dataSync()[0] ?? NaN;
    const step = 1e-2;
    return Math.max(...got.map((g, i) => Math.abs(g - (shifted(i, step) - shifted(i, -step)) / (2 * step)))) as never;
  });
}

const everyLoss: [string, Loss, () => Tensor][] = [
  ['cross-entropy', ce(), classes],
  ['cross-entropy, weighted and smoothed', ce({ classWeights: [1, 2, 0.5], labelSmoothing: 0.2 }), classes],
  ['bce', binary(), rows],
  ['bce, weighted', binary({ posWeight: { dog: 3 } }), rows],
  ['focal softmax', focalOf({ gamma: 1.5, alpha: [1, 2, 3] }, classIndex), classes],
  ['focal softmax, gamma below 1', focalOf({ gamma: 0.5 }, classIndex), classes],
  ['focal sigmoid', focalOf({ gamma: 2, alpha: { cat: 0.25 } }, multiHot), rows],
  ['focal sigmoid, gamma 0', focalOf({ gamma: 0 }, multiHot), rows],
  ['mse', mse.create({}, none, contextOf('real') as never), rows],
];

describe.each(everyLoss)('%s', (_, loss, targets) => {
  it('has the gradient of its value, sample by sample', () => {
    expect(gradientError(loss, targets())).toBeLessThan(2e-3);
  });

  it('and its gradient are finite for logits of ±1e4 and for certain predictions', () => {
    const finite = tidy(() => {
      const extreme = tensor2d([1e4, -1e4, 0, -1e4, 1e4, 1e4, 120, 0, 0, 0, 0, 0], [4, 3]);
      const all =
        loss.targetKind === 'class-index'
          ? tensor1d([0, 0, 0, 2], 'int32')
          : tensor2d([1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0], [4, 3]);
      const { value, grad } = valueAndGrad((x: Tensor) => sum(loss.terms(x as Tensor2D, all).perSample))(extreme);
      return [value, grad].every((tensor) => tensor.dataSync().every(Number.isFinite)) as never;
    });
    expect(finite).toBe(true);
  });

  it('leaves nothing behind but its terms, inside a gradient and outside', () => {
    const run = (): void => {
      const given = targets();
      const x = logits();
      const terms = loss.terms(x, given);
      terms.perSample.dispose();
      terms.weight.dispose();
      const { value, grad } = valueAndGrad((y: Tensor) => sum(loss.terms(y as Tensor2D, given).perSample))(x);
      for (const tensor of [value, grad, given, x]) tensor.dispose();
    };
    run();
    const before = memory().numTensors;
    run();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses logits of another width', () => {
    expect(() => tidy(() => loss.terms(tensor2d([1, 2, 3, 4], [2, 2]), targets()))).toThrow(ShapeError);
  });
});

describe('cross-entropy', () => {
  it('weighs each sample by its class', () => {
    expect(termsOf(ce({ classWeights: { bird: 4 } }), classes()).weight).toEqual([4, 1]);
  });

  it('takes auto weights from the frequencies of the training data, 1 for a class that never occurs', () => {
    const context = contextOf('class-index', { numSamples: 12, counts: [0, 8, 4] });
    const { weight } = termsOf(ce({ classWeights: 'auto' }, context), classes());
    expect(weight).toEqual([1, 0.5]);
  });

  it('weighs a class by its own name only, whatever it is called', () => {
    const labels = ['constructor', 'dog', 'bird'];
    const loss = ce({ classWeights: { dog: 2 } }, { ...contextOf('class-index'), labels });
    expect(termsOf(loss, tensor1d([0, 1], 'int32')).weight).toEqual([1, 2]);
  });

  it('says so when auto has no training data', () => {
    const loss = ce({ classWeights: 'auto' });
    expect(() => termsOf(loss, classes())).toThrow(
      /loss.classWeights: auto takes the weights from the training data, got none/,
    );
  });

  it('ignores a sample that the mask leaves out', () => {
    const [masked, alone] = tidy(() => {
      const { perSample, weight } = ce({ classWeights: [1, 2, 3] }).terms(logits(), classes());
      const present = tensor1d([1, 0]);
      return [
        div(sum(mul(perSample, present)), sum(mul(weight, present))).dataSync()[0],
        (perSample.dataSync()[0] ?? NaN) / 3,
      ] as never;
    }) as unknown as [number, number];
    expect(masked).toBeCloseTo(alone, 6);
  });

  it.each([
    [[1, 2], /classWeights: must have one weight for each of 3 outputs \(cat, dog, bird\), got 2/],
    [{ brid: 2 }, /classWeights: unknown label "brid". Known: cat, dog, bird. Did you mean "bird"\?/],
  ])('refuses weights %j', (classWeights, message) => {
    expect(() => ce({ classWeights })).toThrow(message);
  });
});

describe('bce', () => {
  it('takes auto weights as samples over frequency, as facebookresearch/mmbt', () => {
    const statistics = { numSamples: 10, counts: [5, 2, 0] };
    const auto = termsOf(binary({ posWeight: 'auto' }, contextOf('multi-hot', statistics)), rows());
    expect(auto).toEqual(termsOf(binary({ posWeight: [2, 5, 1] }), rows()));
  });
});

describe('focal', () => {
  it('without focus and alpha is cross entropy, or bce', () => {
    const pairs = [
      [termsOf(focalOf({ gamma: 0 }, classIndex), classes()), termsOf(ce(), classes())],
      [termsOf(focalOf({ gamma: 0 }, multiHot), rows()), termsOf(binary(), rows())],
    ] as const;
    for (const [got, want] of pairs) {
      got.perSample.forEach((value, i) => {
        expect(value).toBeCloseTo(want.perSample[i] ?? NaN, 5);
      });
    }
  });

  it('refuses an alpha above 1 where negatives get 1 - alpha', () => {
    expect(() => focalOf({ alpha: 2 }, multiHot)).toThrow(/loss.alpha: must be at most 1 .* got 2/);
    expect(() => focalOf({ alpha: 2 }, classIndex)).not.toThrow();
  });
});
