// Batch normalisation with torch.nn.BatchNorm2d's arithmetic. Shapes: C channels, R values per channel.
import { add, mul, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { ones, zeros, type ForwardContext, type Parameter, type ParameterScope } from '@tessera/core';
import { batchNormInference, batchNormTrain, type BatchNormOptions } from './ops/index.js';

/** PyTorch's defaults: what is added to the variance, and the share of a batch in the running statistics. */
const epsilon = 1e-5;
const momentum = 0.1;

/**
 * Normalises over all axes but the last. Parameters `weight` and `bias` [C], buffers `runningMean` and
 * `runningVariance` [C].
 *
 * Where the context says so, the batch's own mean and biased variance are used, and the running ones move towards it
 * by a tenth (the variance unbiased, as PyTorch's). A batch with one value per channel has no variance: the running
 * statistics are then used and kept, where PyTorch raises an error.
 */
export class BatchNorm {
  private readonly path: string;
  private readonly weight: Parameter;
  private readonly bias: Parameter;
  private readonly runningMean: Parameter;
  private readonly runningVariance: Parameter;

  constructor(parameters: ParameterScope, numChannels: number) {
    this.path = parameters.path;
    this.weight = parameters.weight('weight', [numChannels], ones);
    this.bias = parameters.weight('bias', [numChannels], zeros);
    this.runningMean = parameters.buffer('runningMean', [numChannels], zeros);
    this.runningVariance = parameters.buffer('runningVariance', [numChannels], ones);
  }

  /** [..., C] → [..., C]; `options` takes a residual sum and a ReLU along in the same operation. */
  apply<TTensor extends Tensor>(x: TTensor, context: ForwardContext, options: BatchNormOptions = {}): TTensor {
    const rows = x.size / (x.shape.at(-1) ?? 1);
    const own = rows > 1 && context.usesBatchStatistics(this.path);
    return (own ? this.byBatch(x, rows, context, options) : this.byRunning(x, options)) as TTensor;
  }

  private byRunning(x: Tensor, options: BatchNormOptions): Tensor {
    const { runningMean, runningVariance, weight, bias } = this;
    return batchNormInference(x, runningMean.value, runningVariance.value, weight.value, bias.value, epsilon, options);
  }

  private byBatch(x: Tensor, rows: number, context: ForwardContext, options: BatchNormOptions): Tensor {
    return tidy(() => {
      const { y, mean, variance } = batchNormTrain(x, this.weight.value, this.bias.value, epsilon, options);
      context.updateBuffer(this.runningMean, moved(this.runningMean, mean, momentum));
      context.updateBuffer(this.runningVariance, moved(this.runningVariance, variance, (momentum * rows) / (rows - 1)));
      return y;
    });
  }
}

/** (1 - momentum)·running + share·batch. */
const moved = (running: Parameter, batch: Tensor, share: number): Tensor =>
  add(mul(running.value, 1 - momentum), mul(batch, share));
