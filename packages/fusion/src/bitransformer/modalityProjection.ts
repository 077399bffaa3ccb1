// Shapes: B batch, N tokens of one block, E encoder width, D hiddenSize.
import { tidy, type Tensor3D } from '@tensorflow/tfjs-core';
import { normal, type ParameterScope } from '@tessera/core';
import { LayerNorm, Linear } from '@tessera/layers';

/** Options of {@link ModalityProjection}. */
export interface ModalityProjectionOptions {
  readonly tokenWidth: number;
  readonly hiddenSize: number;
  /** Standard deviation of the initial weight. */
  readonly std: number;
  /** Epsilon of a LayerNorm after the projection; none if left out. */
  readonly normEpsilon?: number;
}

/** Brings an encoder's tokens into the fusion's space. Parameters `weight` [E, D], `bias` [D] and, if asked for, `norm`. */
export class ModalityProjection {
  private readonly dense: Linear;
  private readonly norm?: LayerNorm;

  constructor(parameters: ParameterScope, options: ModalityProjectionOptions) {
    const { tokenWidth, hiddenSize, std, normEpsilon } = options;
    this.dense = new Linear(parameters, tokenWidth, hiddenSize, { initializer: normal(std) });
    if (normEpsilon !== undefined) this.norm = new LayerNorm(parameters.scope('norm'), hiddenSize, normEpsilon);
  }

  /** [B, N, E] → [B, N, D]. */
  apply(tokens: Tensor3D): Tensor3D {
    return tidy(() => {
      const projected = this.dense.apply(tokens);
      return this.norm ? this.norm.apply(projected) : projected;
    });
  }
}
