import { linear, matMul } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference, normal, openBesideCpu, type Operation } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('wasm'));

describe('products', () => {
  it.each([
    [1, 1, 1],
    [3, 5, 7],
    [4, 8, 8],
    [13, 9, 17],
    [130, 33, 20],
    [8, 300, 16],
  ])('linear [%i, %i] × %i', async (rows, inner, columns) => {
    expect(
      await difference(linear as Operation, [normal([rows, inner]), normal([inner, columns]), normal([columns])]),
    ).toBeLessThan(2e-5);
    expect(await difference((x, w) => linear(x, w), [normal([2, rows, inner]), normal([inner, columns])])).toBeLessThan(
      2e-5,
    );
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('matMul with transposeA=%s, transposeB=%s in batches', async (transposeA, transposeB) => {
    const a = transposeA ? [2, 3, 5, 6] : [2, 3, 6, 5];
    const b = transposeB ? [2, 3, 9, 5] : [2, 3, 5, 9];
    const operation: Operation = (x, y) => matMul(x, y, { transposeA, transposeB });
    expect(await difference(operation, [normal(a), normal(b)])).toBeLessThan(1e-5);
    expect(await difference(operation, [normal(a.slice(2)), normal(b.slice(2))])).toBeLessThan(1e-5);
  });

  it('wide products go by blocks of columns', async () => {
    expect(await difference((x, w) => linear(x, w), [normal([3, 4]), normal([4, 2100])])).toBeLessThan(1e-5);
    const operation: Operation = (x, y) => matMul(x, y, { transposeB: true });
    expect(await difference(operation, [normal([3, 4]), normal([2100, 4])])).toBeLessThan(1e-5);
  });

  it('matMul repeats a batch of one', async () => {
    expect(await difference((x, y) => matMul(x, y), [normal([1, 6, 5]), normal([4, 5, 9])])).toBeLessThan(1e-5);
    expect(await difference((x, y) => matMul(x, y), [normal([4, 6, 5]), normal([5, 9])])).toBeLessThan(1e-5);
  });
});
