// Values and gradients of the operations that wasm divides among threads, at sizes at which it does.
import { createHash } from 'node:crypto';
import { reshape, square, sum, tensor1d, tidy, valueAndGrads, type Rank, type Tensor } from '@tensorflow/tfjs-core';
import { attention, batchNormTrain, conv2d, gelu, layerNorm, linear, statelessUniform } from '@tessera/layers';

const [BATCH, TOKENS, WIDTH, INNER, CHANNELS, SIZE] = [4, 33, 64, 260, 32, 20];

const uniform = <R extends Rank>(shape: number[], seed: number): Tensor<R> =>
  statelessUniform(shape, tensor1d([seed, 3], 'int32')) as Tensor<R>;

const ones = (size: number): Tensor<Rank.R1> => uniform([size], 9);

/** Attention and a feed-forward block on [B, N, D]. */
const transformer = (x: Tensor, weight: Tensor): Tensor => {
  const { context } = attention(x, x, x, { numHeads: 4, dropoutRate: 0.1, seed: tensor1d([5, 5], 'int32') });
  const rows = layerNorm(reshape<Rank.R2>(context, [BATCH * TOKENS, WIDTH]), ones(WIDTH), ones(WIDTH), 1e-12);
  return gelu(linear(rows, weight as Tensor<Rank.R2>, ones(INNER)));
};

/** Convolution, normalisation and ReLU on [B, H, W, C]. */
const convolution = (x: Tensor, filter: Tensor): Tensor => {
  const y = conv2d(x as Tensor<Rank.R4>, filter as Tensor<Rank.R4>, { stride: 1, padding: 1 });
  return batchNormTrain(y, ones(CHANNELS), ones(CHANNELS), 1e-5, { activation: 'relu' }).y;
};

const hashOf = (tensor: Tensor): string =>
  createHash('sha256').update(new Uint8Array(tensor.dataSync<'float32'>().buffer)).digest('hex');

/** A hash of each value and gradient. */
export const hashes = (): string[] => [
  ...hashesOf(transformer, uniform([BATCH, TOKENS, WIDTH], 1), uniform([WIDTH, INNER], 2)),
  ...hashesOf(convolution, uniform([BATCH, SIZE, SIZE, CHANNELS], 3), uniform([3, 3, CHANNELS, CHANNELS], 4)),
];

const hashesOf = (operation: (x: Tensor, weight: Tensor) => Tensor, x: Tensor, weight: Tensor): string[] => {
  const { value, grads } = tidy(() =>
    valueAndGrads((a: Tensor, b: Tensor) => sum(square(operation(a, b))))([x, weight]),
  );
  return [value, ...grads].map(hashOf);
};
