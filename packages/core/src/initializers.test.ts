import { describe, expect, it } from 'vitest';
import { constant, heFanOut, normal, ones, RandomSource, torchLinear, uniform, zeros } from './index.js';

const spread = (values: Float32Array): number => {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  return Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length);
};
const random = (): RandomSource => new RandomSource(1);

describe('initializers', () => {
  it('fill with one value', () => {
    expect([...zeros([2, 2], random())]).toEqual([0, 0, 0, 0]);
    expect([...ones([3], random())]).toEqual([1, 1, 1]);
    expect([...constant(0.5)([], random())]).toEqual([0.5]);
  });

  it('draw a normal distribution of the given spread', () => {
    expect(spread(normal(0.02)([100, 100], random()))).toBeCloseTo(0.02, 3);
  });

  it('draw a uniform distribution within the bound', () => {
    const values = uniform(0.1)([1000], random());
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.1);
    expect(spread(values)).toBeCloseTo(0.1 / Math.sqrt(3), 2);
  });

  it('follow He for convolutions: sqrt(2 / (kernel area · output channels))', () => {
    expect(spread(heFanOut([3, 3, 16, 32], random()))).toBeCloseTo(Math.sqrt(2 / (9 * 32)), 2);
  });

  it("follow PyTorch's nn.Linear: within 1 / sqrt(fan in)", () => {
    const values = torchLinear(64)([64, 64], random());
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1 / 8);
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.12);
  });
});
