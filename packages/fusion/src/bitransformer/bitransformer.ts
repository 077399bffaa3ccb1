// The multimodal bitransformer (Kiela et al., arXiv 1909.02950) for any number of modalities.
// Shapes: B batch, N tokens of one block, S joined sequence, E encoder width, D hiddenSize, H heads.
import {
  argMax,
  concat,
  div,
  expandDims,
  maximum,
  mul,
  oneHot,
  sum,
  tidy,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import {
  ShapeError,
  SpecError,
  type ForwardContext,
  type FusedState,
  type Fusion,
  type FusionContext,
  type ModalityShape,
  type TokenBlock,
} from '@tessera/core';
import { Pooler, SequenceEmbeddings, tidyRecord, TransformerEncoder } from '@tessera/layers';
import { checkBitransformer, countParts, type BitransformerConfig } from './bitransformerConfig.js';
import { JointSequence, type JoinedSequence } from './jointSequence.js';
import { ModalityProjection } from './modalityProjection.js';
import type { WordTable } from './wordTable.js';

/** Attends over all modalities' tokens at once; heads read dense + tanh of the first token. */
export class Bitransformer implements Fusion {
  readonly pooledWidth: number;
  private readonly modalities: readonly ModalityShape[];
  private readonly projections: ReadonlyMap<string, ModalityProjection>;
  private readonly sequence: JointSequence;
  private readonly embeddings: SequenceEmbeddings;
  private readonly layers: TransformerEncoder;
  private readonly pooler: Pooler;

  /** @throws SpecError when options contradict each other or the modalities */
  constructor(
    private readonly config: BitransformerConfig,
    private readonly words: WordTable,
    context: FusionContext,
  ) {
    const { parameters, modalities } = context;
    const { hiddenSize } = config;
    checkBitransformer(context.path, config, modalities);
    if (config.specialTokens === 'mmbt') words.useSpecialTokensOnly();
    const sizes = {
      ...config,
      intermediateSize: config.intermediateSize ?? 4 * hiddenSize,
      numSegments: config.numSegments ?? Math.max(2, countParts(modalities)),
    };
    this.modalities = modalities;
    this.pooledWidth = config.pooling === 'cls' ? hiddenSize : 2 * hiddenSize;
    this.sequence = new JointSequence(modalities, config);
    this.projections = makeProjections(config, context);
    this.embeddings = new SequenceEmbeddings(parameters.scope('embeddings'), sizes);
    this.layers = new TransformerEncoder(parameters.scope('layers'), sizes);
    this.pooler = new Pooler(parameters.scope('pooler'), hiddenSize);
  }

  fuse(blocks: readonly TokenBlock[], context: ForwardContext): FusedState {
    return tidyRecord(() => {
      const { tokens: embedded, mask, spans } = this.embed(blocks, context);
      const { states, attentions } = this.layers.apply(embedded, mask, context);
      return { pooled: this.pool(states, mask), tokens: states, mask, spans, ...(attentions && { attentions }) };
    });
  }

  /**
   * The joined sequence as the first layer reads it: projected, embedded, normalised.
   * @throws ShapeError when the blocks are not those of the declared modalities
   */
  embed(blocks: readonly TokenBlock[], context: ForwardContext): JoinedSequence {
    this.check(blocks);
    return tidyRecord(() => {
      const specials = this.config.specialTokens === 'mmbt' ? this.words.specialTokens() : undefined;
      const projected = blocks.map((block, i) => ({ ...block, tokens: this.project(block.tokens, i) }));
      const joined = this.sequence.join(projected, specials);
      const tokens = this.embeddings.apply(joined.tokens, joined.positions, joined.segments, context);
      return { ...joined, tokens };
    });
  }

  private project(tokens: Tensor3D, index: number): Tensor3D {
    const projection = this.projections.get(this.modalities[index]?.modality ?? '');
    return projection ? projection.apply(tokens) : tokens.clone();
  }

  private pool(states: Tensor3D, mask: Tensor2D): Tensor2D {
    const first = this.pooler.apply(this.config.specialTokens === 'mmbt' ? states : firstReal(states, mask));
    return this.config.pooling === 'cls' ? first : concat([first, meanOfReal(states, mask)], 1);
  }

  private check(blocks: readonly TokenBlock[]): void {
    const names = this.modalities.map(({ modality }) => modality);
    if (blocks.length !== names.length) {
      throw new ShapeError(
        `Bitransformer: one block for each modality (${names.join(', ')}), got ${blocks.length} blocks.`,
      );
    }
    blocks.forEach(({ tokens, mask }, i) => {
      const { modality = '', tokenWidth = 0 } = this.modalities[i] ?? {};
      const [batch, length, width] = tokens.shape;
      if (width === tokenWidth && mask.shape[0] === batch && mask.shape[1] === length) return;
      throw new ShapeError(
        `Bitransformer: tokens of ${modality} must be [B, N, ${tokenWidth}] with a mask [B, N], got tokens=[${tokens.shape.join(', ')}], mask=[${mask.shape.join(', ')}].`,
      );
    });
  }
}

/** One projection for each modality whose tokens are not in the fusion's space already. */
function makeProjections(config: BitransformerConfig, context: FusionContext): Map<string, ModalityProjection> {
  const { hiddenSize, projectionStd, projectionNorm, layerNormEpsilon } = config;
  const projections = new Map<string, ModalityProjection>();
  for (const { modality, tokenSpace, tokenWidth } of context.modalities) {
    if (tokenSpace === 'encoder') {
      const options = {
        tokenWidth,
        hiddenSize,
        std: projectionStd,
        ...(projectionNorm && { normEpsilon: layerNormEpsilon }),
      };
      const scope = context.parameters.scope('projections').scope(modality);
      projections.set(modality, new ModalityProjection(scope, options));
    } else if (tokenWidth !== hiddenSize) {
      throw new SpecError([
        {
          path: `modalities.${modality}`,
          message: `tokens in the fusion's space must have its width, got tokenWidth=${tokenWidth}, hiddenSize=${hiddenSize}. Take them from its word table.`,
        },
      ]);
    }
  }
  return projections;
}

/**
 * State of the first real token [B, 1, D], which is not the sequence's first where that is of an absent modality; zeros
 * where there is none.
 */
function firstReal(states: Tensor3D, mask: Tensor2D): Tensor3D {
  return tidy(() => {
    const places = mask.shape[1];
    const first = places < 2 ? mask : mul(oneHot(argMax<Tensor1D>(mask, 1), places), mask); // [B, S]; oneHot takes 2 or more
    return sum(mul(states, expandDims(first, 2)), 1, true);
  });
}

/** Mean of the real tokens' states: [B, S, D], [B, S] → [B, D]. */
function meanOfReal(states: Tensor3D, mask: Tensor2D): Tensor2D {
  return tidy(() => {
    const total = sum(mul(states, expandDims(mask, 2)), 1);
    return div<Tensor2D>(total, maximum(sum(mask, 1, true), 1));
  });
}
