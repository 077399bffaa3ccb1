// Plain mean losses of the fixtures, free of the framework's own. Shapes: B batch, C classes.
import {
  add,
  cast,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  softplus,
  sub,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** Mean cross entropy of logits [B, C]. */
export const crossEntropy = (logits: Tensor2D, labels: readonly number[]): Scalar =>
  tidy(() => {
    const targets = cast(oneHot(tensor1d([...labels], 'int32'), logits.shape[1]), 'float32');
    return neg(mean(sum(mul(logSoftmax(logits), targets), -1))) as Scalar;
  });

/** Mean BCE with logits [B, C] and a weight of positives for each class. */
export const binaryCrossEntropy = (
  logits: Tensor2D,
  labels: readonly (readonly number[])[],
  positiveWeights: readonly number[],
): Scalar =>
  tidy(() => {
    const targets = tensor2d(labels.map((row) => [...row]));
    const positive = mul(mul(tensor1d([...positiveWeights]), targets), softplus(neg(logits)));
    return mean(add(positive, mul(sub(1, targets), softplus(logits)))) as Scalar;
  });
