import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Parameter } from './parameters.js';
import type { DrawSeed } from './tokens.js';

/**
 * What a forward pass may depend on besides parameters and batch. Nothing in it that changes from step to step is a
 * JavaScript number, so that a backend may capture the step once and replay it as a graph.
 */
export interface ForwardContext {
  /** True in a training step: dropout is active and normalisation may use batch statistics. */
  readonly training: boolean;
  /** True when the fusion should return its attention probabilities. */
  readonly wantsAttentions: boolean;
  /**
   * Modalities that samples of this training may lack; every one may if left out. Where none lacks one, statistics need
   * not tell absent samples from others.
   */
  readonly lackable?: ReadonlySet<string>;
  /**
   * [B], 1 for the samples that statistics of a batch are taken over; all if left out. The model gives it to the encoder
   * of a modality that samples may lack, so that an absent one moves no statistic.
   */
  readonly counted?: Tensor1D;
  /** Whether the normalisation layer at `path` uses the batch's statistics (and updates its running ones). */
  usesBatchStatistics(path: string): boolean;
  /** A fresh seed for one random draw (a dropout mask); a tensor the caller's tidy owns. */
  nextSeed(): DrawSeed;
  /** Records a buffer's value after this step, such as a running mean; `value` is kept until the step ends. */
  updateBuffer(buffer: Parameter, value: Tensor): void;
}

/** The context of evaluation and prediction: no dropout, running statistics, nothing updated. */
export function inferenceContext(options: { wantsAttentions?: boolean } = {}): ForwardContext {
  return {
    training: false,
    wantsAttentions: options.wantsAttentions ?? false,
    usesBatchStatistics: () => false,
    nextSeed: () => {
      throw new Error('inferenceContext: nothing is random outside training.');
    },
    updateBuffer: () => undefined,
  };
}
