// Shapes: B batch, S tokens, D hiddenSize, H heads.
import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ForwardContext, ParameterScope } from '@tessera/core';
import { tidyRecord } from './tidyRecord.js';
import { TransformerLayer, type TransformerLayerOptions } from './transformerLayer.js';

/** Options of {@link TransformerEncoder}. */
export interface TransformerEncoderOptions extends TransformerLayerOptions {
  readonly numLayers: number;
}

/** What an encoder gives. */
export interface TransformerEncoderResult {
  /** [B, S, D] after the last layer. */
  readonly states: Tensor3D;
  /** [B, S, D] before the first layer and after each; only when asked for. */
  readonly hiddenStates?: readonly Tensor3D[];
  /** [B, H, S, S] of each layer; only when the context asked for them. */
  readonly attentions?: readonly Tensor4D[];
}

/** A stack of transformer layers. Parameters of layer i below `<i>`. */
export class TransformerEncoder {
  private readonly layers: readonly TransformerLayer[];

  constructor(parameters: ParameterScope, options: TransformerEncoderOptions) {
    this.layers = Array.from(
      { length: options.numLayers },
      (_, i) => new TransformerLayer(parameters.scope(String(i)), options),
    );
  }

  /** x [B, S, D] with padMask [B, S], 1 = real token. With `hiddenStates`, the states between layers are returned. */
  apply(
    x: Tensor3D,
    padMask: Tensor2D,
    context: ForwardContext,
    options: { readonly hiddenStates?: boolean } = {},
  ): TransformerEncoderResult {
    return tidyRecord(() => {
      let states: Tensor3D = x.clone();
      const hiddenStates: Tensor3D[] = [states];
      const attentions: Tensor4D[] = [];
      for (const layer of this.layers) {
        const before = states;
        const result = layer.apply(before, padMask, context);
        states = result.states;
        if (result.probabilities) attentions.push(result.probabilities);
        if (options.hiddenStates) hiddenStates.push(states);
        else before.dispose();
      }
      return {
        states,
        ...(options.hiddenStates && { hiddenStates }),
        ...(context.wantsAttentions && { attentions }),
      };
    });
  }
}
