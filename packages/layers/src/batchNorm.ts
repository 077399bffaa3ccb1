// Batch normalisation with torch.nn.BatchNorm2d's arithmetic. Shapes: C channels, R values per channel.
import {
  add,
  cast,
  div,
  greater,
  maximum,
  mul,
  reshape,
  sub,
  sum,
  tidy,
  tile,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { ones, ShapeError, zeros, type ForwardContext, type Parameter, type ParameterScope } from '@tessera/core';
import { batchNormCounted, batchNormInference, batchNormTrain, blend, type BatchNormOptions } from './ops/index.js';

/** PyTorch's defaults: what is added to the variance, and the share of a batch in the running statistics. */
const epsilon = 1e-5;
const momentum = 0.1;

/**
 * Normalises over all axes but the last. Parameters `weight` and `bias` [C], buffers `runningMean` and
 * `runningVariance` [C].
 *
 * Where the context says so, the batch's own mean and biased variance are used, and the running ones move towards it
 * by a tenth (the variance unbiased, as PyTorch's). A batch with one value per channel has no variance: the running
 * statistics are then used and kept, where PyTorch raises an error. Where samples may lack what is encoded
 * (`context.counted`), the batch is those that have it: the others are normalised too, but move nothing.
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
    if (!own) return this.byRunning(x, options) as TTensor;
    const { counted } = context;
    return (
      counted ? this.byCounted(x, counted, context, options) : this.byBatch(x, rows, context, options)
    ) as TTensor;
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

  /** As {@link byBatch} over the samples that count, at least two values per channel of them, else as byRunning. */
  private byCounted(x: Tensor, counted: Tensor, context: ForwardContext, options: BatchNormOptions): Tensor {
    return tidy(() => {
      const rows = countedRows(x, counted); // [R, 1]
      const count = sum(rows);
      const any = cast(greater(count, 1), 'float32');
      const { y, mean, variance } = batchNormCounted(x, this.weight.value, this.bias.value, epsilon, {
        ...options,
        shares: mul(rows, div(any, maximum(count, 1))),
        any,
        runningMean: this.runningMean.value,
        runningVariance: this.runningVariance.value,
      });
      const unbiased = mul(variance, div(count, maximum(sub(count, 1), 1)));
      context.updateBuffer(this.runningMean, movedIf(any, this.runningMean, mean));
      context.updateBuffer(this.runningVariance, movedIf(any, this.runningVariance, unbiased));
      return y;
    });
  }
}

/** [B] for samples → [R, 1] for the values per channel: x's first axis is B, or B times some parts of each sample. */
function countedRows(x: Tensor, counted: Tensor): Tensor {
  const rows = x.size / (x.shape.at(-1) ?? 1);
  const [batch, leading] = [counted.size, x.shape[0] ?? 0];
  if (leading % batch !== 0) {
    throw new ShapeError(
      `BatchNorm: the first axis must be a multiple of the batch, got x=[${x.shape.join(', ')}], batch=${batch}.`,
    );
  }
  return reshape(tile(reshape(counted, [batch, 1]), [1, rows / batch]), [rows, 1]);
}

/** (1 - momentum)·running + share·batch. */
const moved = (running: Parameter, batch: Tensor, share: number): Tensor =>
  blend(running.value, batch, { kept: 1 - momentum, share });

/** running + momentum·(batch - running) where `any` is 1; exactly as it was where it is 0. */
const movedIf = (any: Tensor, running: Parameter, batch: Tensor): Tensor =>
  add(running.value, mul(mul(any, momentum), sub(batch, running.value)));
