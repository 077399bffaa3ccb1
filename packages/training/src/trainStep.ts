// One training step as a function of parameters, batch tensors and step scalars: nothing is read back to JavaScript and
// no number that changes from step to step is baked in, so that a backend may capture it. Shapes: B batch, C outputs.
import {
  add,
  addN,
  div,
  keep,
  maximum,
  mul,
  scalar,
  stack,
  sum,
  tidy,
  variableGrads,
  type Scalar,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import type { Batch, Model, Parameter } from '@tessera/core';
import { trainingContext } from '@tessera/layers';

/** What a step computes beside new parameters. Owned by the caller. */
export interface StepGradients {
  /** [number of heads] the loss of each head, in declared order, unweighted. */
  readonly losses: Tensor1D;
  /** Gradient of the weighted sum of losses by parameter path. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** New values of buffers, such as running means. */
  readonly bufferUpdates: ReadonlyMap<Parameter, Tensor>;
}

/** What varies between steps or stages. */
export interface StepOptions {
  /** int32 scalar that all dropout masks of this step derive from; fed anew in each step. */
  readonly stepSeed: Scalar;
  /** The parameters that get a gradient. */
  readonly trained: readonly Parameter[];
  /** Whether the normalisation at a path uses the batch's statistics. */
  readonly usesBatchStatistics: (path: string) => boolean;
  /** Factor on the loss: 1 / number of accumulated batches. */
  readonly lossScale: number;
  /** Called when the forward pass is done, before the backward pass; for timing. */
  readonly onForward?: () => void;
}

/** Forward and backward pass of one batch. */
export function computeGradients(model: Model, batch: Batch, options: StepOptions): StepGradients {
  const context = trainingContext({ seed: options.stepSeed, usesBatchStatistics: options.usesBatchStatistics });
  let losses: Tensor1D | undefined;
  const { value, grads } = variableGrads(
    () => {
      const { logits } = model.forward(batch, context);
      const byHead = headLosses(model, batch, logits);
      losses = keep(stack<Scalar>(byHead) as Tensor1D);
      const weighted = [...model.heads.values()].map(({ weight }, i) =>
        mul<Scalar>(byHead[i] as Scalar, weight * options.lossScale),
      );
      options.onForward?.();
      return addN<Scalar>(weighted);
    },
    options.trained.map(({ value: variable }) => variable),
  );
  value.dispose();
  const gradients = new Map<string, Tensor>();
  for (const { path, value: variable } of options.trained) {
    const gradient = grads[variable.name];
    if (gradient) gradients.set(path, gradient);
  }
  return { losses: losses as Tensor1D, gradients, bufferUpdates: context.updates };
}

/** The loss of each head over the samples that have a label, in declared order. */
export function headLosses(model: Model, batch: Batch, logits: Readonly<Record<string, Tensor>>): Scalar[] {
  return [...model.heads].map(([name, { loss }]) =>
    tidy(() => {
      const targets = batch.targets[name] as Tensor;
      const labelled = batch.labelled[name] as Tensor1D;
      const { perSample, weight } = loss.terms(logits[name] as never, targets); // [B], [B]
      const total = sum(mul(weight, labelled));
      return div<Scalar>(sum(mul(perSample, labelled)), maximum(total, 1e-12));
    }),
  );
}

/** Adds gradients of further batches to those of the first; frees both. */
export function accumulate(into: Map<string, Tensor>, gradients: ReadonlyMap<string, Tensor>): void {
  for (const [path, gradient] of gradients) {
    const before = into.get(path);
    into.set(path, before ? add(before, gradient) : gradient);
    if (before) {
      before.dispose();
      gradient.dispose();
    }
  }
}

/** Writes new buffer values into the model and frees them. */
export function applyBufferUpdates(updates: ReadonlyMap<Parameter, Tensor>): void {
  for (const [buffer, value] of updates) {
    buffer.value.assign(value);
    value.dispose();
  }
}

/** A scalar tensor of a step number. */
export const feed = (value: number): Scalar => scalar(value, 'float32');
