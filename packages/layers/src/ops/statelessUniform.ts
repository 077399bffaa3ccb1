// Counter-based random numbers: the value at a flat index depends on the seed and that index only, so the same seed
// gives the same mask in a forward pass, its gradient and a replayed step.
//
// On backends with the fused kernel (wasm, cpu), all in 32-bit wrapping integer arithmetic:
//   start = fmix32(seed[0] xor 0x9E3779B9)
//   h     = fmix32(fmix32(start + index * 0x9E3779B1) xor seed[1])
//   value = (h >>> 8) / 2^24
// with MurmurHash3's finaliser fmix32. Elsewhere a Feistel network on the index in exact float32 integers, below; its
// numbers are other ones, equally determined by seed and index.
import {
  add,
  cast,
  div,
  floor,
  floorDiv,
  mul,
  range,
  reshape,
  slice,
  square,
  sub,
  tidy,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { defineKernelOp, single } from './kernelOp.js';
import { shapeText } from './shapeText.js';

interface UniformAttributes {
  readonly shape: readonly number[];
}

const HALF = 4096; // 12 bits: products of two halves stay below 2^24 and are exact in float32

const modulo = (x: Tensor, divisor: number): Tensor => sub(x, mul(floor(div(x, divisor)), divisor));

/** Low, middle and high 12-bit digits of an int32 scalar, as float32. */
function digits(seed: Tensor): Tensor[] {
  const upper = floorDiv(seed, HALF);
  const top = floorDiv(upper, HALF);
  return [sub(seed, mul(upper, HALF)), sub(upper, mul(top, HALF)), add(top, 128)].map((digit) =>
    cast(digit, 'float32'),
  );
}

function feistel(seed: Tensor, count: number): Tensor {
  const keys = [0, 1].flatMap((at) => digits(reshape(slice(seed, at, 1), [])));
  const index = range(0, count, 1, 'float32');
  const [multiplierA, multiplierB] = [3571, 2741];
  let left = modulo(floor(div(index, HALF)), HALF);
  let right = modulo(index, HALF);
  for (const key of [...keys, ...keys]) {
    const mixed = modulo(add(mul(right, multiplierA), key), 4093);
    const round = modulo(add(square(mixed), mul(key, multiplierB / HALF)), 4091);
    [left, right] = [right, modulo(floor(add(left, round)), HALF)];
  }
  return div(add(mul(left, HALF), right), HALF * HALF);
}

const uniformKernel = defineKernelOp<UniformAttributes>({
  name: 'TesseraStatelessUniform',
  composite: ({ seed }, { shape }) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return [reshape(feistel(seed as Tensor, count), [...shape])];
  },
});

/** Fails unless the seed is an int32 pair. */
export function checkSeed(where: string, seed: Tensor): void {
  if (seed.dtype !== 'int32' || seed.size !== 2) {
    throw new ShapeError(`${where}: seed must be int32 [2], got ${seed.dtype} ${shapeText(seed)}.`);
  }
}

/**
 * Uniform numbers in [0, 1) with 24 bits, a function of seed and index alone.
 * @param shape - of the result
 * @param seed - int32 [2], fed as a tensor so that a captured step can change it
 * @returns float32 of the shape
 * @throws ShapeError when the seed is not int32 [2]
 */
export function statelessUniform(shape: readonly number[], seed: Tensor): Tensor {
  checkSeed('statelessUniform', seed);
  return tidy(() => single(uniformKernel({ seed }, { shape })));
}
