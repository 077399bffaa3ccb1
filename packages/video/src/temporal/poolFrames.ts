// Adaptive pooling over time. With a picture's own adaptive pooling to H×W before it, the result is that of PyTorch's
// AdaptiveAvgPool3d or AdaptiveMaxPool3d to T×H×W: its bins are products of the bins of each axis.
// Shapes: B batch, F frames of a video (padded), T steps, N tokens of a frame, E encoder width.
import { poolBins, tidyRecord } from '@tessera/layers';
import {
  add,
  cast,
  div,
  expandDims,
  greater,
  matMul,
  maximum,
  mul,
  reshape,
  slice,
  sub,
  tidy,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';

/** How the values of a step become one. */
export type TimePoolKind = 'average' | 'max';

/** One block of tokens with its mask. */
interface Tokens {
  readonly tokens: Tensor3D;
  readonly mask: Tensor2D;
}

/**
 * Which frames belong to which step, 1 or 0 [B, T, F]: the bins of PyTorch's adaptive pooling over each video's own
 * frames; those beyond, padding, belong to none.
 * @param lengths - frames of each video; 0 where it is absent
 * @param steps - T; each frame is a step if left out
 */
export function timeBins(lengths: readonly number[], numFrames: number, steps?: number): Float32Array {
  const numSteps = steps ?? numFrames;
  const bins = new Float32Array(lengths.length * numSteps * numFrames);
  lengths.forEach((length, b) => {
    if (length === 0) return;
    poolBins(length, steps ?? length).forEach(({ start, length: size }, t) => {
      const row = (b * numSteps + t) * numFrames;
      bins.fill(1, row + start, row + start + size);
    });
  });
  return bins;
}

/**
 * Pools the tokens of frames over time.
 * @param frames - tokens [B·F, N, E] and mask [B·F, N]
 * @param bins - [B, T, F], see {@link timeBins}
 * @returns tokens [B, T·N, E], step by step, and their mask: 0 where no frame of a step has a token
 */
export function poolFrames({ tokens, mask }: Tokens, bins: Tensor3D, kind: TimePoolKind): Tokens {
  const [batch, steps, frames] = bins.shape;
  const [, perFrame, width] = tokens.shape;
  return tidyRecord(() => {
    const present = reshape(mask, [batch, frames, perFrame]);
    const counts = reshape(matMul(bins, present), [batch, steps, perFrame, 1]);
    const real = cast(greater(counts, 0), 'float32'); // [B, T, N, 1]
    const pooled =
      kind === 'max'
        ? mul(largest(reshape(tokens, [batch, frames, perFrame, width]), present, bins), real)
        : div(reshape(sums(tokens, mask, bins), [batch, steps, perFrame, width]), maximum(counts, 1));
    return {
      tokens: reshape(pooled, [batch, steps * perFrame, width]) as Tensor3D,
      mask: reshape(real, [batch, steps * perFrame]) as Tensor2D,
    };
  });
}

/** Sums of each step's tokens: [B, T, N·E]. */
function sums(tokens: Tensor3D, mask: Tensor2D, bins: Tensor3D): Tensor {
  const [batch, , frames] = bins.shape;
  const [, perFrame, width] = tokens.shape;
  const kept = mul(tokens, expandDims(mask, 2));
  return matMul(bins, reshape(kept, [batch, frames, perFrame * width]));
}

/** What stands for a frame outside a step: below any token. */
const outside = 1e30;

/**
 * The largest of each step's tokens [B, T, N, E], frame by frame, so that the gradient goes to the first of equal ones,
 * as PyTorch's does.
 * @param values - [B, F, N, E]
 * @param present - [B, F, N]
 */
function largest(values: Tensor, present: Tensor, bins: Tensor3D): Tensor {
  const [batch, steps, frames] = bins.shape;
  const [, , perFrame = 1, width = 1] = values.shape;
  const candidate = (frame: number): Tensor => {
    const value = slice(values, [0, frame, 0, 0], [batch, 1, perFrame, width]);
    const there = reshape(slice(present, [0, frame, 0], [batch, 1, perFrame]), [batch, 1, perFrame, 1]);
    const within = reshape(slice(bins, [0, 0, frame], [batch, steps, 1]), [batch, steps, 1, 1]);
    return add(value, mul(sub(mul(within, there), 1), outside)); // [B, T, N, E]
  };
  return tidy(() => {
    let found = candidate(0);
    for (let frame = 1; frame < frames; frame++) found = maximum(found, candidate(frame));
    return found;
  });
}
