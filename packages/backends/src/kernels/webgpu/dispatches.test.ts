// How many programs are started: what a step costs on a GPU beyond its arithmetic, and the same on every device.
import * as tf from '@tensorflow/tfjs-core';
import { attention, dropout, gelu, layerNorm, linear } from '@tessera/layers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openBesideCpu } from '../../../test/kernels/compareWithCpu.js';

beforeAll(() => openBesideCpu('webgpu'));

const [BATCH, TOKENS, WIDTH] = [2, 6, 16];

const variable = (...shape: number[]) => tf.variable(tf.randomNormal(shape));

/** A transformer layer with its weights, dropout and mask, as BERT has it. */
function transformerLayer(): (x: tf.Tensor) => tf.Tensor {
  const seed = () => tf.tensor1d([1, 2], 'int32');
  const dense = (from: number, to: number) => {
    const [weight, bias] = [variable(from, to), variable(to)];
    return (x: tf.Tensor) => linear(x, weight, bias);
  };
  const norm = () => {
    const [scale, offset] = [variable(WIDTH), variable(WIDTH)];
    return (x: tf.Tensor) => layerNorm(x, scale, offset, 1e-12);
  };
  const [query, key, value, output] = [0, 1, 2, 3].map(() => dense(WIDTH, WIDTH)) as [
    ReturnType<typeof dense>,
    ReturnType<typeof dense>,
    ReturnType<typeof dense>,
    ReturnType<typeof dense>,
  ];
  const [up, down, first, second] = [dense(WIDTH, 4 * WIDTH), dense(4 * WIDTH, WIDTH), norm(), norm()];
  const options = { numHeads: 2, padMask: tf.ones([BATCH, TOKENS], 'int32'), dropoutRate: 0.1 };
  return (x) => {
    const { context } = attention(query(x), key(x), value(x), { ...options, seed: seed() });
    const attended = first(tf.add(x, dropout(output(context), 0.1, seed())));
    return second(tf.add(attended, dropout(down(gelu(up(attended))), 0.1, seed())));
  };
}

function dispatchesOf(run: () => unknown): number {
  const { GPUComputePassEncoder: encoder } = globalThis as unknown as {
    GPUComputePassEncoder: { prototype: { dispatchWorkgroups: () => void } };
  };
  const started = vi.spyOn(encoder.prototype, 'dispatchWorkgroups');
  tf.dispose(run() as tf.Tensor);
  const count = started.mock.calls.length;
  started.mockRestore();
  return count;
}

describe('programs started on WebGPU', () => {
  it('are few for a transformer layer', () => {
    const layer = transformerLayer();
    const x = tf.randomNormal([BATCH, TOKENS, WIDTH]);
    expect(dispatchesOf(() => tf.tidy(() => layer(x)))).toBeLessThanOrEqual(14);
    const loss = () => tf.sum(layer(x)) as tf.Scalar;
    expect(dispatchesOf(() => tf.variableGrads(loss).grads)).toBeLessThanOrEqual(48);
  });
});
