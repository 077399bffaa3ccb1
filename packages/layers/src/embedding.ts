// Shapes: V rows of the table, D width.
import {
  cast,
  customGrad,
  expandDims,
  mul,
  notEqual,
  tidy,
  type GradSaveFunc,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { normal, type Adapt, type Initializer, type Parameter, type ParameterScope } from '@tessera/core';
import { gather } from './ops/index.js';

/** Options of {@link Embedding}. */
export interface EmbeddingOptions {
  /** Initial table; normal with standard deviation 0.02, as in BERT, if left out. */
  readonly initializer?: Initializer;
  /**
   * Row of the padding, as `padding_idx` of torch.nn.Embedding: it starts as zeros and no gradient reaches it through a
   * look-up. Loaded values may differ from zero and then count as they are.
   */
  readonly padId?: number;
  /** How a pretrained table of another size is taken; refused if left out. */
  readonly adapt?: Adapt;
}

/** A table of vectors looked up by id. Parameter `weight` [V, D]. */
export class Embedding {
  private readonly weight: Parameter;
  private readonly padId?: number;

  constructor(parameters: ParameterScope, numRows: number, width: number, options: EmbeddingOptions = {}) {
    const { initializer = normal(0.02), padId, adapt } = options;
    this.padId = padId;
    this.weight = parameters.weight(
      'weight',
      [numRows, width],
      padId === undefined ? initializer : withZeroRow(initializer, padId),
      { ...(adapt && { adapt }) },
    );
  }

  /** ids of any shape, int32 in [0, V) → [...ids.shape, D]. */
  apply(ids: Tensor): Tensor {
    const { padId } = this;
    return tidy(() => {
      const rows = gather(this.weight.value, ids);
      return padId === undefined ? rows : withoutPadGradient(rows, ids, padId);
    });
  }
}

const withZeroRow =
  (initializer: Initializer, row: number): Initializer =>
  (shape, random) => {
    const values = initializer(shape, random);
    const width = shape[1] ?? 1;
    return values.fill(0, row * width, (row + 1) * width);
  };

/** `rows` unchanged; its gradient is 0 where the id is `padId`. */
function withoutPadGradient(rows: Tensor, ids: Tensor, padId: number): Tensor {
  const pass = customGrad<Tensor>((...args) => {
    const [x, save] = args as [Tensor, GradSaveFunc];
    save([ids]);
    return {
      value: x.clone(),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const real = cast(notEqual(saved[0] as Tensor, padId), 'float32');
        return mul(dy, expandDims(real, -1));
      },
    };
  });
  return pass(rows);
}
