import { concat, keep, reshape, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { DrawSeed, ForwardContext, Parameter } from '@tessera/core';

/** What the forward pass of one training step depends on. */
export interface TrainingContextOptions {
  /** int32 scalar, fed anew in each step, that all random draws of the step derive from. Borrowed. */
  readonly seed: Tensor;
  /** Whether the normalisation layer at a path uses the batch's statistics; every one does if left out. */
  readonly usesBatchStatistics?: (path: string) => boolean;
  /** Modalities that samples may lack, see {@link ForwardContext.lackable}. */
  readonly lackable?: ReadonlySet<string>;
  /** Whether attention probabilities are returned; false if left out. */
  readonly wantsAttentions?: boolean;
}

/** The context of a training step, which collects what the step does to buffers. */
export interface TrainingContext extends ForwardContext {
  /** Buffers' values after this step, for the trainer to assign. It owns the tensors and disposes them. */
  readonly updates: ReadonlyMap<Parameter, Tensor>;
}

/**
 * The context of one training step. Its draws are numbered from 0 in the order they are asked for, so that a pass that
 * runs the same layers in the same order repeats them exactly.
 */
export function trainingContext(options: TrainingContextOptions): TrainingContext {
  const { seed, usesBatchStatistics = () => true, wantsAttentions = false } = options;
  const updates = new Map<Parameter, Tensor>();
  let draws = 0;
  return {
    training: true,
    wantsAttentions,
    updates,
    usesBatchStatistics,
    ...(options.lackable && { lackable: options.lackable }),
    nextSeed: () => tidy(() => concat<DrawSeed>([reshape(seed, [1]), tensor1d([draws++], 'int32')])),
    updateBuffer: (buffer, value) => {
      updates.get(buffer)?.dispose();
      updates.set(buffer, keep(value));
    },
  };
}
