import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RandomSource } from '@tessera/core';
import { interpolations, type Interpolation } from './renderPlan.js';
import { resample } from './resample.js';
import { axisWeights, type AxisWeights } from './resampling.js';
import { resampleWithSimd } from './simdResample.js';

const random = new RandomSource(1);
const pixelsOf = (height: number, width: number) => ({
  height,
  width,
  data: new Uint8Array(height * width * 3).map(() => random.integer(256)),
});

/** The weights of the middle `count` of `outputSize` outputs. */
const middle = (
  inputSize: number,
  outputSize: number,
  count: number,
  interpolation: Interpolation = 'bilinear',
): AxisWeights =>
  axisWeights({
    inputSize,
    outputSize,
    from: Math.floor((outputSize - count) / 2),
    count,
    interpolation,
    antialias: true,
  });

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);

describe('resampleWithSimd', () => {
  it.each(
    interpolations.flatMap((interpolation) => [
      { interpolation, height: 40, width: 51, size: [25, 33], crop: [22, 22] },
      { interpolation, height: 7, width: 5, size: [19, 31], crop: [19, 30] },
      { interpolation, height: 1, width: 1, size: [3, 2], crop: [3, 2] },
    ]),
  )('gives what JavaScript gives: $interpolation, $height×$width to $size', (example) => {
    const { interpolation, height, width, size, crop } = example;
    const pixels = pixelsOf(height, width);
    const rows = middle(height, size[0] ?? 0, crop[0] ?? 0, interpolation);
    const columns = middle(width, size[1] ?? 0, crop[1] ?? 0, interpolation);
    const got = resampleWithSimd(pixels, rows, columns) ?? new Float32Array();
    expect(got).toHaveLength(rows.count * columns.count * 3);
    expect(largestDifference(got, resample(pixels, rows, columns))).toBeLessThan(1e-4);
  });

  it('resamples a picture of several blocks as one', () => {
    const pixels = pixelsOf(2500, 700); // 5 MB
    const rows = middle(2500, 1000, 900);
    const columns = middle(700, 300, 290);
    const got = resampleWithSimd(pixels, rows, columns) ?? new Float32Array();
    expect(largestDifference(got, resample(pixels, rows, columns))).toBeLessThan(1e-4);
  });

  it('the committed module is what assembly/ compiles to', async () => {
    const folder = resolve(import.meta.dirname, '../..');
    const { kernelSource } = (await import(resolve(folder, 'tools/buildKernels.mjs'))) as {
      kernelSource: () => Promise<string>;
    };
    expect(await kernelSource()).toBe(readFileSync(resolve(folder, 'src/picture/resampleBinary.ts'), 'utf8'));
  });
});
