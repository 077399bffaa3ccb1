import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor2d, tensor3d, type Tensor2D } from '@tensorflow/tfjs-core';
import { ParameterStore, ShapeError, type ModalityShape, type TokenBlock } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Gated } from './gated.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const shapeOf = (modality: string): ModalityShape => ({
  modality,
  ...{ tokenWidth: 1, maxTokens: 1, fixedLength: true, tokenSpace: 'encoder', numParts: 1 },
});

/** A unit of width 1 over modalities of one number; every weight is 1. */
function unitGates(names: readonly string[]): Gated {
  const ones = { read: (_: string, wanted?: { shape: readonly number[] }) => onesOf(wanted?.shape ?? []) };
  const store = new ParameterStore(0, { description: 'ones', ...ones });
  return new Gated(
    { hiddenSize: 1 },
    { path: 'fusion', parameters: store.scope('fusion'), modalities: names.map(shapeOf) },
  );
}

const onesOf = (shape: readonly number[]) => ({
  shape,
  values: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1),
});

const blockOf = (values: readonly number[], present: readonly number[]): TokenBlock => ({
  tokens: tensor3d(values.map((value) => [[value]])),
  mask: tensor2d(present.map((one) => [one])),
});

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const rowsOf = async (pooled: Tensor2D): Promise<number[]> => [...(await pooled.data())];

describe('Gated', () => {
  it('weighs two modalities by one gate and its rest', async () => {
    const { pooled } = unitGates(['image', 'text']).fuse([blockOf([0.5], [1]), blockOf([-1.5], [1])]);
    const z = sigmoid(0.5 - 1.5);
    const [value] = await rowsOf(pooled);
    expect(value).toBeCloseTo(z * Math.tanh(0.5) + (1 - z) * Math.tanh(-1.5), 6);
  });

  it('counts the one of two modalities that is there whole, and gives zeros without any', async () => {
    const { pooled } = unitGates(['image', 'text']).fuse([
      blockOf([0.5, 9, 9], [1, 0, 0]),
      blockOf([9, 2, 9], [0, 1, 0]),
    ]);
    const [onlyImage, onlyText, neither] = await rowsOf(pooled);
    expect(onlyImage).toBeCloseTo(Math.tanh(0.5), 6);
    expect(onlyText).toBeCloseTo(Math.tanh(2), 6);
    expect(neither).toBe(0);
  });

  it('has a gate for each of three modalities, from which an absent one drops out', async () => {
    const { pooled } = unitGates(['image', 'text', 'sound']).fuse([
      blockOf([1, 1], [1, 1]),
      blockOf([2, 9], [1, 0]),
      blockOf([3, 3], [1, 1]),
    ]);
    const [all, without] = await rowsOf(pooled);
    expect(all).toBeCloseTo(sigmoid(6) * (Math.tanh(1) + Math.tanh(2) + Math.tanh(3)), 5);
    expect(without).toBeCloseTo(sigmoid(4) * (Math.tanh(1) + Math.tanh(3)), 5);
  });

  it('refuses blocks of other modalities', () => {
    expect(() => unitGates(['image', 'text']).fuse([blockOf([1], [1])])).toThrow(ShapeError);
  });
});
