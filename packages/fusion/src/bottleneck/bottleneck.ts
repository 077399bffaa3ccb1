// Attention bottlenecks (MBT; Nagrani et al., arXiv 2107.00135).
// Shapes: B batch, D hiddenSize, T tokens of a stream, F bottleneck tokens.
import { addN, div, expandDims, maximum, mul, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  defineFusion,
  normal,
  ShapeError,
  tokenEmbeddings,
  type ForwardContext,
  type FusedState,
  type Fusion,
  type FusionContext,
  type Parameter,
  type TokenBlock,
} from '@tessera/core';
import { headSizeOf, tidyRecord } from '@tessera/layers';
import { WordTable } from '../bitransformer/wordTable.js';
import { presenceOf } from '../blockFeatures.js';
import { bottleneckConfig, checkBottleneck, type BottleneckConfig } from './bottleneckConfig.js';
import { ModalityStream, type StreamState } from './modalityStream.js';
import { tileRows } from './tileRows.js';

/**
 * A transformer for each modality; from `fusionLayer` on, each attends to its own tokens and to a few bottleneck tokens,
 * which then become the mean of what the modalities made of them:
 *
 *     [z_i ‖ f_i] ← Transformer([z_i ‖ f]; θ_i)      f ← mean_i f_i
 *
 * Layers are ViT's, pre-norm; GELU is the exact one. `pooled` is the mean of the modalities' [CLS] states after the final
 * norm: a linear head on it averages the logits of one classifier applied to each, as the paper does.
 *
 * An absent modality counts in neither mean (ours; the paper has none). Parameters `bottlenecks` [F, D] and
 * `streams.<modality>.…`.
 */
export class Bottleneck implements Fusion {
  readonly pooledWidth: number;
  private readonly streams: readonly ModalityStream[];
  private readonly bottlenecks: Parameter;

  /** @throws SpecError when options contradict each other or the modalities */
  constructor(
    private readonly config: BottleneckConfig,
    { path, parameters, modalities }: FusionContext,
  ) {
    checkBottleneck(path, config, modalities);
    const { hiddenSize, numBottlenecks } = config;
    const streams = parameters.scope('streams');
    this.pooledWidth = hiddenSize;
    this.streams = modalities.map((shape) => new ModalityStream(streams.scope(shape.modality), shape, config));
    this.bottlenecks = parameters.weight('bottlenecks', [numBottlenecks, hiddenSize], normal(0.02), { decays: false });
  }

  /** @throws ShapeError when the blocks are not those of the declared modalities */
  fuse(blocks: readonly TokenBlock[], context: ForwardContext): FusedState {
    if (blocks.length !== this.streams.length) {
      throw new ShapeError(
        `Bottleneck: one block for each of ${this.streams.length} modalities, got ${blocks.length}.`,
      );
    }
    return tidyRecord(() => {
      const present = blocks.map(presenceOf); // [B, 1] each
      const embedded = this.streams.map((stream, i) => stream.embed(blocks[i] as TokenBlock, context));
      const states = this.attend(embedded, present, context);
      const classStates = this.streams.map((stream, i) => stream.classState(states[i] as StreamState)); // [B, D] each
      return { pooled: meanOfPresent(classStates, present) };
    });
  }

  private attend(
    embedded: readonly StreamState[],
    present: readonly Tensor2D[],
    context: ForwardContext,
  ): readonly StreamState[] {
    const { fusionLayer, numLayers } = this.config;
    const gates = present.map((one): Tensor3D => expandDims(one, 2)); // [B, 1, 1] each
    let states = embedded;
    let shared = tileRows(this.bottlenecks.value as Tensor2D, embedded[0]?.tokens.shape[0] ?? 0); // [B, F, D]
    for (let layer = 0; layer < numLayers; layer++) {
      if (layer < fusionLayer) {
        states = this.streams.map((stream, i) => stream.attend(layer, states[i] as StreamState, context));
        continue;
      }
      const joined = this.streams.map((stream, i) =>
        stream.attendWith(shared, layer, states[i] as StreamState, context),
      );
      states = joined.map(({ state }) => state);
      // What the last layer makes of the bottlenecks goes nowhere.
      if (layer < numLayers - 1) {
        shared = meanOfPresent(
          joined.map(({ bottlenecks }) => bottlenecks),
          gates,
        );
      }
    }
    return states;
  }
}

/** Mean over the modalities that are present; zeros where none is. */
function meanOfPresent<T extends Tensor2D | Tensor3D>(values: readonly T[], present: readonly T[]): T {
  const counted = values.map((value, i) => mul<T>(value, present[i] as T));
  return div<T>(addN<T>(counted), maximum(addN<T>([...present]), 1));
}

/** The fusion `bottleneck`: MBT, whose word table text encoders may share. */
export const bottleneck = defineFusion({
  name: 'bottleneck',
  summary: 'Attention bottlenecks (MBT): a transformer for each modality, which meet in a few shared tokens.',
  config: bottleneckConfig,
  provides: [
    {
      token: tokenEmbeddings,
      create: ({ hiddenSize, numHeads }, { parameters, path }) => {
        headSizeOf(path, hiddenSize, numHeads);
        return new WordTable({ parameters, hiddenSize, path, layers: 'streams' });
      },
    },
  ],
  create: (config, _services, context) => new Bottleneck(config, context),
});
