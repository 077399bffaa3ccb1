import * as tf from '@tensorflow/tfjs-core';
import { dropout, gelu, statelessUniform } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference, normal, openBesideCpu } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('wasm'));

/** erf by its series, in double precision. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < 200; n++) sum += (term *= (-x * x) / n) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * sum;
}

describe('elementwise', () => {
  it.each([1, 3, 4, 31])('gelu of %i values', async (count) => {
    expect(await difference(gelu, [normal([count])])).toBeLessThan(1e-5);
  });

  it('gelu follows the exact erf to 2e-7 in value and slope', () => {
    void tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.linspace(-7, 7, 4001);
      const points = x.dataSync();
      const value = gelu(x).dataSync();
      const slope = tf.grad(gelu)(x).dataSync();
      points.forEach((t, i) => {
        const cumulative = (1 + erf(t / Math.SQRT2)) / 2;
        expect(Math.abs((value[i] ?? NaN) - t * cumulative)).toBeLessThan(2e-7 * Math.max(1, Math.abs(t)));
        const exact = cumulative + (t * Math.exp((-t * t) / 2)) / Math.sqrt(2 * Math.PI);
        expect(Math.abs((slope[i] ?? NaN) - exact)).toBeLessThan(3e-7);
      });
    });
  });

  it.each([1, 2, 3, 4, 1001])('dropout of %i values draws the same numbers as plain JavaScript', async (count) => {
    const seed = () => tf.tensor1d([11, -5], 'int32');
    expect(await difference((x) => dropout(x, 0.4, seed()), [normal([count])])).toBeLessThan(1e-6);
    const draws = ['cpu', 'wasm'].map((backend) => {
      void tf.setBackend(backend);
      return tf.tidy(() => Array.from(statelessUniform([count], seed()).dataSync()));
    });
    expect(draws[1]).toEqual(draws[0]);
  });

  it('uniform numbers are even, uncorrelated with their neighbours and with those of near seeds', () => {
    void tf.setBackend('wasm');
    const draw = (a: number, b: number) =>
      tf.tidy(() => statelessUniform([50000], tf.tensor1d([a, b], 'int32')).dataSync<'float32'>());
    const correlation = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, u, i) => sum + 12 * (u - 0.5) * ((b[i] ?? 0.5) - 0.5), 0) / a.length;
    const first = draw(1, 0);
    const bins = new Array<number>(16).fill(0);
    first.forEach((u) => (bins[Math.floor(u * 16)] = (bins[Math.floor(u * 16)] ?? 0) + 1));
    const chiSquare = bins.reduce((sum, count) => sum + (count - 3125) ** 2 / 3125, 0);
    expect(chiSquare).toBeLessThan(38); // 15 degrees of freedom, p = 0.001
    for (const other of [first.subarray(1), draw(2, 0), draw(1, 1), draw(0, 1)]) {
      expect(Math.abs(correlation(first, other))).toBeLessThan(0.02);
    }
  });

  it('sums leading axes', async () => {
    expect(await difference((x) => tf.sum(x, 0), [normal([131, 7])])).toBeLessThan(1e-5);
    expect(await difference((x) => tf.sum(x, [0, 1], true), [normal([3, 4, 5])])).toBeLessThan(1e-5);
    expect(await difference((x) => tf.sum(x, [1]), [normal([3, 4, 5])])).toBeLessThan(1e-5);
    expect(await difference((x) => tf.sum(x), [normal([3, 4, 5])])).toBeLessThan(1e-5);
  });
});
