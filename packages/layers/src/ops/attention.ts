// Scaled dot-product attention (Vaswani et al. 2017, section 3.2.1) with heads as slices of the last axis, so that no
// transposed copy is needed where a fused kernel strides over them.
// Legend: B batch, Q query tokens, S key tokens, H heads, K headSize, D = H·K.
import {
  add,
  cast,
  matMul,
  mul,
  reshape,
  softmax,
  sub,
  sum,
  tensor1d,
  tidy,
  transpose,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { dropoutMask } from './dropout.js';
import { defineKernelOp, exactly } from './kernelOp.js';
import { checkSeed } from './statelessUniform.js';
import { shapeText } from './shapeText.js';

/** How attention is computed. */
export interface AttentionOptions {
  /** Heads that D is cut into. */
  readonly numHeads: number;
  /** [B, S], 1 = real token, 0 = padding; int32, bool or float32. */
  readonly padMask?: Tensor;
  /** Probability of dropping an attention probability; needs `seed`. */
  readonly dropoutRate?: number;
  /** int32 [2] for dropout. */
  readonly seed?: Tensor;
  /** Return the probabilities too, for explanation. */
  readonly returnProbabilities?: boolean;
}

/** What attention returns. */
export interface AttentionResult {
  /** [B, Q, D]. */
  readonly context: Tensor;
  /** [B, H, Q, S] before dropout; carries no gradient. Only with `returnProbabilities`. */
  readonly probabilities?: Tensor;
}

interface AttentionAttributes {
  readonly numHeads: number;
  readonly dropoutRate: number;
}

/** [B, S, D] → [B, H, S, K]. */
function splitHeads(x: Tensor, numHeads: number): Tensor {
  const [batch = 0, tokens = 0, width = 0] = x.shape;
  return transpose(reshape(x, [batch, tokens, numHeads, width / numHeads]), [0, 2, 1, 3]);
}

/** [B, H, S, K] → [B, S, D]. */
function mergeHeads(x: Tensor): Tensor {
  const [batch = 0, heads = 0, tokens = 0, size = 0] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * size]);
}

const scoreScale = (headed: Tensor): number => 1 / Math.sqrt(headed.shape.at(-1) ?? 1);

/** Softmax over the real keys; padding gets exactly 0, and so does a row without any real key. */
function maskedSoftmax(scores: Tensor, padMask: Tensor | undefined): Tensor {
  if (!padMask) return softmax(scores);
  const [batch = 0, keys = 0] = padMask.shape;
  const real = reshape(cast(padMask, 'float32'), [batch, 1, 1, keys]);
  return mul(softmax(add(scores, mul(sub(real, 1), 1e9))), real);
}

const dropped = (probabilities: Tensor, { dropoutRate }: AttentionAttributes, seed: Tensor | undefined): Tensor =>
  seed && dropoutRate > 0 ? mul(probabilities, dropoutMask(probabilities.shape, dropoutRate, seed)) : probabilities;

interface GradientInputs {
  readonly dy: Tensor;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly probabilities: Tensor;
  readonly seed?: Tensor;
}

const gradientKernel = defineKernelOp<AttentionAttributes>({
  name: 'TesseraAttentionGrad',
  composite: (inputs, attributes) => {
    const { probabilities, seed, ...rest } = inputs as unknown as GradientInputs;
    const heads = (x: Tensor) => splitHeads(x, attributes.numHeads);
    const [dy, q, k, v] = [heads(rest.dy), heads(rest.q), heads(rest.k), heads(rest.v)];
    const kept =
      seed && attributes.dropoutRate > 0 ? dropoutMask(probabilities.shape, attributes.dropoutRate, seed) : undefined;
    const dv = matMul(kept ? mul(probabilities, kept) : probabilities, dy, true, false);
    const dDropped = matMul(dy, v, false, true); // [B, H, Q, S]
    const dProbabilities = kept ? mul(dDropped, kept) : dDropped;
    const weighted = mul(dProbabilities, probabilities);
    const dScores = mul(sub(weighted, mul(probabilities, sum(weighted, -1, true))), scoreScale(q));
    return [matMul(dScores, k), matMul(dScores, q, true, false), dv].map(mergeHeads);
  },
});

const attentionKernel = defineKernelOp<AttentionAttributes>({
  name: 'TesseraAttention',
  composite: (inputs, attributes) => {
    const { padMask, seed } = inputs;
    const heads = (x: Tensor | undefined) => splitHeads(x as Tensor, attributes.numHeads);
    const [q, k, v] = [heads(inputs['q']), heads(inputs['k']), heads(inputs['v'])];
    const scores = matMul(mul(q, scoreScale(q)), k, false, true); // [B, H, Q, S]
    const probabilities = maskedSoftmax(scores, padMask);
    return [mergeHeads(matMul(dropped(probabilities, attributes, seed), v)), probabilities];
  },
  inputsToSave: ['q', 'k', 'v', 'seed'],
  outputsToSave: [false, true],
  gradient: ([dy], [q, k, v, seed, probabilities], attributes) => {
    const inputs = { dy, q, k, v, probabilities, seed } as unknown as NamedTensorMap;
    const [dq, dk, dv] = exactly(gradientKernel(inputs, attributes), 3);
    return { q: () => dq, k: () => dk, v: () => dv };
  },
});

/**
 * softmax(q·kᵀ/√K + mask)·v per head, with heads as consecutive K-wide slices of D (BERT's layout).
 * @param q - [B, Q, D] float32
 * @param k - [B, S, D]
 * @param v - [B, S, D]
 * @returns the context and, if asked for, the probabilities
 * @throws ShapeError when sizes don't fit or D is not divisible by numHeads
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): AttentionResult {
  check(q, k, v, options);
  const { numHeads, padMask, dropoutRate = 0, seed, returnProbabilities } = options;
  return tidy(() => {
    const inputs: NamedTensorMap = {
      q,
      k,
      v,
      ...(padMask ? { padMask } : {}),
      seed: seed ?? tensor1d([0, 0], 'int32'),
    };
    const [context, probabilities] = exactly(attentionKernel(inputs, { numHeads, dropoutRate }), 2);
    return returnProbabilities ? { context, probabilities } : { context };
  });
}

function check(q: Tensor, k: Tensor, v: Tensor, { numHeads, padMask, dropoutRate = 0, seed }: AttentionOptions): void {
  const [batch, , width = 0] = q.shape;
  const shapes = `q=${shapeText(q)}, k=${shapeText(k)}, v=${shapeText(v)}`;
  if (
    q.rank !== 3 ||
    k.rank !== 3 ||
    v.rank !== 3 ||
    k.shape[0] !== batch ||
    k.shape[2] !== width ||
    String(k.shape) !== String(v.shape)
  ) {
    throw new ShapeError(`attention: q must be [B, Q, D], k and v [B, S, D], got ${shapes}.`);
  }
  if (width % numHeads !== 0) {
    throw new ShapeError(`attention: D must be divisible by numHeads, got D=${width}, numHeads=${numHeads}.`);
  }
  if (padMask && (padMask.rank !== 2 || padMask.shape[0] !== batch || padMask.shape[1] !== k.shape[1])) {
    throw new ShapeError(`attention: padMask must be [B, S], got padMask=${shapeText(padMask)}, ${shapes}.`);
  }
  if (!(dropoutRate >= 0 && dropoutRate < 1)) {
    throw new ShapeError(`attention: dropoutRate must be in [0, 1), got dropoutRate=${dropoutRate}.`);
  }
  if (dropoutRate > 0 && !seed)
    throw new ShapeError('attention: dropout needs a seed, got none. Pass an int32 [2] tensor.');
  if (seed) checkSeed('attention', seed);
}
