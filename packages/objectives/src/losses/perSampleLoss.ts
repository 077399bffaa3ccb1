// Losses carry gradients of their own: fewer kernels than what automatic differentiation would run, and finite where the
// chain rule multiplies 0 by infinity. Shapes: B batch, C outputs.
import {
  customGrad,
  expandDims,
  mul,
  ones,
  type GradSaveFunc,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';

/** A loss of each sample as a function of the logits. */
export interface PerSampleLoss<TSaved extends Tensor[]> {
  /** Name in messages. */
  readonly name: string;
  /** C. */
  readonly numOutputs: number;
  /** Logits [B, C] → loss [B], and the tensors that `gradient` reads. */
  readonly forward: (logits: Tensor2D) => { readonly value: Tensor; readonly saved: readonly [...TSaved] };
  /** What `forward` saved → derivative [B, C] of each sample's loss with respect to its logits. */
  readonly gradient: (...saved: TSaved) => Tensor;
}

/**
 * Computes a loss [B] whose gradient is the given one.
 * @throws ShapeError when the logits are not [B, C]
 */
export function perSampleLoss<TSaved extends Tensor[]>(
  logits: Tensor2D,
  { name, numOutputs, forward, gradient }: PerSampleLoss<TSaved>,
): Tensor1D {
  if (logits.rank !== 2 || logits.shape[1] !== numOutputs) {
    throw new ShapeError(`${name}: logits must be [B, ${numOutputs}], got [${logits.shape.join(', ')}].`);
  }
  const operation = customGrad<Tensor1D>((x, save) => {
    const { value, saved } = forward(x as Tensor2D);
    (save as GradSaveFunc)([...saved]);
    return {
      value: value as Tensor1D,
      gradFunc: (dy, kept) => mul(gradient(...(kept as TSaved)), expandDims(dy, 1)),
    };
  });
  return operation(logits);
}

/** [B] ones: every sample counts alike. */
export const equalWeights = (logits: Tensor2D): Tensor1D => ones<Rank.R1>([logits.shape[0]]);
