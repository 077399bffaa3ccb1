// Shapes: B batch, T steps, N tokens of a step, E encoder width.
import { normal, type Initializer, type Parameter, type ParameterScope } from '@tessera/core';
import { add, reshape, slice, tidy, type Tensor3D } from '@tensorflow/tfjs-core';

/** Vectors that are trained, fixed ones of sines (Vaswani et al. 2017, section 3.5), or none. */
export type PositionKind = 'learned' | 'sinusoidal' | 'none';

/** PE(t, 2i) = sin(t / 10000^(2i/E)), PE(t, 2i + 1) = cos of the same. */
const sines: Initializer = ([steps = 0, width = 0]) =>
  Float32Array.from({ length: steps * width }, (_, index) => {
    const [step, i] = [Math.floor(index / width), index % width];
    const angle = step / 10_000 ** ((i - (i % 2)) / width);
    return i % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });

/** Which vectors there are. */
export interface TemporalPositionOptions {
  readonly kind: PositionKind;
  /** T. */
  readonly steps: number;
  /** E. */
  readonly width: number;
  /** Standard deviation of learned vectors at first: as large as the tokens' values, or training may not find the order. */
  readonly std: number;
}

/** A vector for each step in time, added to its tokens. Parameter `temporalPositions` [T, E]. */
export class TemporalPositions {
  private readonly table?: Parameter;
  private readonly width: number;

  constructor(parameters: ParameterScope, { kind, steps, width, std }: TemporalPositionOptions) {
    const [name, shape] = ['temporalPositions', [steps, width]] as const;
    this.width = width;
    if (kind === 'learned') this.table = parameters.weight(name, shape, normal(std));
    if (kind === 'sinusoidal') this.table = parameters.buffer(name, shape, sines);
  }

  /** tokens [B, T·N, E] → the same with the vector of their step; `steps` is T, at most that of the table. */
  apply(tokens: Tensor3D, steps: number): Tensor3D {
    const { table, width } = this;
    if (!table) return tokens.clone();
    return tidy(() => {
      const rows = slice(table.value, [0, 0], [steps, width]);
      const [batch, length] = tokens.shape;
      const byStep = reshape(tokens, [batch, steps, length / steps, width]);
      return reshape(add(byStep, reshape(rows, [1, steps, 1, width])), [batch, length, width]) as Tensor3D;
    });
  }
}
