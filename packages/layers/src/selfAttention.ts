// Multi-head self-attention with its output projection. Shapes: B batch, S tokens, D hiddenSize, H heads.
import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ForwardContext, ParameterScope } from '@tessera/core';
import { headSizeOf } from './headSize.js';
import { Linear } from './linear.js';
import { attention } from './ops/index.js';
import { tidyRecord } from './tidyRecord.js';

/** Options of {@link SelfAttention}. */
export interface SelfAttentionOptions {
  readonly hiddenSize: number;
  readonly numHeads: number;
  /** Share of attention probabilities dropped in training. */
  readonly attentionDropoutRate: number;
  /** Whether keys have a bias, which no probability depends on; true if left out, as in BERT. Whisper has none. */
  readonly keyBias?: boolean;
}

/** What attention gives. */
export interface SelfAttentionResult {
  /** [B, S, D]. */
  readonly states: Tensor3D;
  /** [B, H, S, S]; only when the context asked for them. */
  readonly probabilities?: Tensor4D;
}

/** Every token reads every real token. Parameters below `query`, `key`, `value` and `output`. */
export class SelfAttention {
  private readonly query: Linear;
  private readonly key: Linear;
  private readonly value: Linear;
  private readonly output: Linear;

  /** @throws SpecError when numHeads does not divide hiddenSize */
  constructor(
    parameters: ParameterScope,
    private readonly options: SelfAttentionOptions,
  ) {
    const { hiddenSize, numHeads } = options;
    headSizeOf(parameters.path, hiddenSize, numHeads);
    const square = (name: string, bias = true): Linear =>
      new Linear(parameters.scope(name), hiddenSize, hiddenSize, { bias });
    this.query = square('query');
    this.key = square('key', options.keyBias);
    this.value = square('value');
    this.output = square('output');
  }

  /** x [B, S, D] with padMask [B, S] (1 = real token) → states; padding gets probability 0 as a key. */
  apply(x: Tensor3D, padMask: Tensor2D, context: ForwardContext): SelfAttentionResult {
    const { numHeads, attentionDropoutRate } = this.options;
    const drops = context.training && attentionDropoutRate > 0;
    return tidyRecord(() => {
      const result = attention(this.query.apply(x), this.key.apply(x), this.value.apply(x), {
        numHeads,
        padMask,
        returnProbabilities: context.wantsAttentions,
        ...(drops && { dropoutRate: attentionDropoutRate, seed: context.nextSeed() }),
      });
      const states = this.output.apply(result.context as Tensor3D);
      return result.probabilities ? { states, probabilities: result.probabilities as Tensor4D } : { states };
    });
  }
}
