// One modality's transformer in the bottleneck fusion. Shapes: B batch, N tokens of the block, E encoder width,
// D hiddenSize, T = 1 + N tokens of the stream, F bottleneck tokens.
import { add, concat, ones, reshape, slice, tidy, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  normal,
  ShapeError,
  type ForwardContext,
  type ModalityShape,
  type Parameter,
  type ParameterScope,
  type TokenBlock,
} from '@tessera/core';
import { Dropout, LayerNorm, tidyRecord, TransformerLayer } from '@tessera/layers';
import { ModalityProjection } from '../bitransformer/modalityProjection.js';
import { tileRows } from './tileRows.js';
import type { BottleneckConfig } from './bottleneckConfig.js';

/** A stream's tokens, [CLS] first, and which of them are real. */
export interface StreamState {
  /** [B, T, D]. */
  readonly tokens: Tensor3D;
  /** [B, T]. */
  readonly mask: Tensor2D;
}

const initial = normal(0.02);

/**
 * [CLS] and a modality's projected tokens with position embeddings, through layers of their own: the paper's z_i and
 * θ_i. Parameters below `<modality>`: `projection`, `cls` [1, D], `position` [1 + maxTokens, D],
 * `layers.<i>`, `norm`.
 */
export class ModalityStream {
  private readonly projection?: ModalityProjection;
  private readonly cls: Parameter;
  private readonly position: Parameter;
  private readonly layers: readonly TransformerLayer[];
  private readonly norm: LayerNorm;
  private readonly dropout: Dropout;

  constructor(
    parameters: ParameterScope,
    private readonly shape: ModalityShape,
    private readonly config: BottleneckConfig,
  ) {
    const { hiddenSize, intermediateSize = 4 * hiddenSize, numLayers, layerNormEpsilon } = config;
    const { tokenSpace, tokenWidth, maxTokens } = shape;
    if (tokenSpace === 'encoder') {
      this.projection = new ModalityProjection(parameters.scope('projection'), { tokenWidth, hiddenSize, std: 0.02 });
    }
    this.cls = parameters.weight('cls', [1, hiddenSize], initial, { decays: false });
    this.position = parameters.weight('position', [1 + maxTokens, hiddenSize], initial, { decays: false });
    const layers = parameters.scope('layers');
    const sizes = { ...config, intermediateSize, normalization: 'pre' } as const;
    this.layers = Array.from({ length: numLayers }, (_, i) => new TransformerLayer(layers.scope(String(i)), sizes));
    this.norm = new LayerNorm(parameters.scope('norm'), hiddenSize, layerNormEpsilon);
    this.dropout = new Dropout(config.dropoutRate);
  }

  /**
   * Block → [CLS] and its tokens in the fusion's space, with positions.
   * @throws ShapeError when the block is not that of the declared modality
   */
  embed(block: TokenBlock, context: ForwardContext): StreamState {
    this.check(block);
    return tidyRecord(() => {
      const [batch, length] = block.mask.shape;
      const projected = this.projection ? this.projection.apply(block.tokens) : block.tokens;
      const tokens = concat([tileRows(this.cls.value as Tensor2D, batch), projected], 1); // [B, T, D]
      const positions = slice(this.position.value as Tensor2D, [0, 0], [1 + length, this.config.hiddenSize]);
      return {
        tokens: this.dropout.apply<Tensor3D>(add(tokens, positions), context),
        mask: concat([ones([batch, 1]) as Tensor2D, block.mask], 1),
      };
    });
  }

  /** Layer `index` over the stream alone. */
  attend(index: number, { tokens, mask }: StreamState, context: ForwardContext): StreamState {
    return { tokens: this.layer(index, tokens, mask, context), mask };
  }

  /** Layer `index` over the stream and the bottleneck tokens [B, F, D], which come back beside it. */
  attendWith(
    bottlenecks: Tensor3D,
    index: number,
    { tokens, mask }: StreamState,
    context: ForwardContext,
  ): { readonly state: StreamState; readonly bottlenecks: Tensor3D } {
    const [batch, length, width] = tokens.shape;
    const count = bottlenecks.shape[1];
    const both = concat([tokens, bottlenecks], 1); // [B, T + F, D]
    const states = this.layer(index, both, concat([mask, ones([batch, count]) as Tensor2D], 1), context);
    return {
      state: { tokens: slice(states, [0, 0, 0], [batch, length, width]), mask },
      bottlenecks: slice(states, [0, length, 0], [batch, count, width]),
    };
  }

  /** The final norm of [CLS], [B, D]. */
  classState({ tokens }: StreamState): Tensor2D {
    return tidy(() => {
      const [batch, , width] = tokens.shape;
      const first: Tensor2D = reshape(slice(tokens, [0, 0, 0], [batch, 1, width]), [batch, width]);
      return this.norm.apply(first);
    });
  }

  private layer(index: number, tokens: Tensor3D, mask: Tensor2D, context: ForwardContext): Tensor3D {
    const layer = this.layers[index];
    if (!layer) throw new ShapeError(`Bottleneck: layer ${index} of ${this.layers.length} is asked for. Ask for less.`);
    return layer.apply(tokens, mask, context).states;
  }

  private check({ tokens, mask }: TokenBlock): void {
    const { modality, tokenWidth, maxTokens } = this.shape;
    const [batch, length, width] = tokens.shape;
    if (width === tokenWidth && length <= maxTokens && mask.shape[0] === batch && mask.shape[1] === length) return;
    throw new ShapeError(
      `Bottleneck: tokens of ${modality} must be [B, N, ${tokenWidth}], N at most ${maxTokens}, with a mask [B, N], got tokens=[${tokens.shape.join(', ')}], mask=[${mask.shape.join(', ')}].`,
    );
  }
}
