// Shapes: B batch, I inputs, O outputs.
import { relu, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { torchLinear, type ForwardContext, type ParameterScope } from '@tessera/core';
import { BatchNorm, Dropout, Linear } from '@tessera/layers';

/** Sizes of a {@link MultilayerPerceptron}. */
export interface MultilayerPerceptronOptions {
  readonly inputWidth: number;
  readonly hiddenSizes: readonly number[];
  readonly batchNorm: boolean;
  readonly dropoutRate: number;
}

interface HiddenLayer {
  readonly dense: Linear;
  readonly norm?: BatchNorm;
}

/**
 * [Linear, BatchNorm, ReLU, Dropout]*, the BatchNorm if asked for. Source: facebookresearch/mmbt, concat_bert.py.
 * Parameters of layer i below `<i>.dense` and `<i>.norm`.
 */
export class MultilayerPerceptron {
  readonly outputWidth: number;
  private readonly layers: readonly HiddenLayer[];
  private readonly dropout: Dropout;

  constructor(parameters: ParameterScope, options: MultilayerPerceptronOptions) {
    const { inputWidth, hiddenSizes, batchNorm, dropoutRate } = options;
    this.outputWidth = hiddenSizes.at(-1) ?? inputWidth;
    this.dropout = new Dropout(dropoutRate);
    this.layers = hiddenSizes.map((width, i) => {
      const scope = parameters.scope(String(i));
      const fanIn = hiddenSizes[i - 1] ?? inputWidth;
      const initializer = torchLinear(fanIn);
      const dense = new Linear(scope.scope('dense'), fanIn, width, { initializer, biasInitializer: initializer });
      return { dense, ...(batchNorm && { norm: new BatchNorm(scope.scope('norm'), width) }) };
    });
  }

  /** [B, I] → [B, O]. */
  apply(x: Tensor2D, context: ForwardContext): Tensor2D {
    return tidy(() =>
      this.layers.reduce((states, { dense, norm }) => {
        const sums = dense.apply(states);
        const active = norm ? norm.apply(sums, context, { activation: 'relu' }) : relu(sums);
        return this.dropout.apply<Tensor2D>(active, context);
      }, x.clone()),
    );
  }
}
