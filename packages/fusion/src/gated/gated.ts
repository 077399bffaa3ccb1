// The gated multimodal unit (Arevalo et al., arXiv 1702.01992).
// Shapes: B batch, W width of a modality's features, D hiddenSize.
import { add, addN, concat, mul, sigmoid, sub, tanh, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  defineFusion,
  torchLinear,
  type FusedState,
  type Fusion,
  type FusionContext,
  type ModalityShape,
  type ParameterScope,
  type TokenBlock,
} from '@tessera/core';
import { Linear, tidyRecord } from '@tessera/layers';
import type { z } from 'zod';
import { blockFeatures, featureWidth, presenceOf } from '../blockFeatures.js';
import { gatedConfig } from './gatedConfig.js';

/**
 * h = Σ_i z_i ∗ tanh(W_i x_i), with gates z_i = σ(W_zi [x_1, …, x_k]) that read all modalities' features. Of
 * two modalities the second's gate is 1 − z_1, as in the paper's bimodal unit. No biases, as there.
 *
 * An absent modality drops out of the sum, and its features are zeros for the gates. Of two modalities the one that is
 * left counts whole: z = 1. That rule is ours; the paper has no absent modalities.
 *
 * Parameters `hidden.<modality>.weight` [W, D] and `gates.<modality>.weight` [ΣW, D], the latter for the first of two
 * modalities only. The authors' code differs from the paper's text: its gate reads the W_i x_i.
 */
export class Gated implements Fusion {
  readonly pooledWidth: number;
  private readonly modalities: readonly ModalityShape[];
  private readonly hidden: readonly Linear[];
  private readonly gates: readonly Linear[];

  constructor({ hiddenSize }: z.output<typeof gatedConfig>, { parameters, modalities }: FusionContext) {
    const widths = modalities.map(featureWidth);
    const total = widths.reduce((a, b) => a + b, 0);
    const gated = modalities.length === 2 ? modalities.slice(0, 1) : modalities;
    const linear = (scope: ParameterScope, modality: string, width: number): Linear =>
      new Linear(scope.scope(modality), width, hiddenSize, { bias: false, initializer: torchLinear(width) });
    const [hidden, gates] = [parameters.scope('hidden'), parameters.scope('gates')];
    this.modalities = modalities;
    this.pooledWidth = hiddenSize;
    this.hidden = modalities.map(({ modality }, i) => linear(hidden, modality, widths[i] ?? 0));
    this.gates = gated.map(({ modality }) => linear(gates, modality, total));
  }

  /** @throws ShapeError when the blocks are not those of the declared modalities */
  fuse(blocks: readonly TokenBlock[]): FusedState {
    return tidyRecord(() => {
      const features = blockFeatures('Gated', this.modalities, blocks); // [B, W] each
      const shares = this.shares(concat(features, 1), blocks.map(presenceOf));
      const weighted = this.hidden.map((linear, i) =>
        mul<Tensor2D>(tanh(linear.apply(features[i] as Tensor2D)), shares[i] as Tensor2D),
      );
      return { pooled: addN(weighted) };
    });
  }

  /** What each modality counts with, [B, D] each. `present`: [B, 1] each. */
  private shares(all: Tensor2D, present: readonly Tensor2D[]): Tensor2D[] {
    const gates = this.gates.map((gate): Tensor2D => sigmoid(gate.apply(all)));
    const [first, second] = present;
    if (present.length !== 2 || !first || !second) return gates.map((z, i) => mul(z, present[i] as Tensor2D));
    const [z] = gates as [Tensor2D];
    return [wherePresent(z, first, second), wherePresent(sub(1, z), second, first)];
  }
}

/** The gate where both are present, 1 where the other is absent, 0 where this one is. */
const wherePresent = (gate: Tensor2D, own: Tensor2D, other: Tensor2D): Tensor2D =>
  mul(own, add(mul(gate, other), sub(1, other)));

/** The fusion `gated`: the gated multimodal unit. */
export const gated = defineFusion({
  name: 'gated',
  summary: 'Gated multimodal unit (GMU): gates that read all modalities weigh the features of each.',
  config: gatedConfig,
  create: (config, _services, context) => new Gated(config, context),
});
