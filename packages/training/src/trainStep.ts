// One training step as a function of parameters, batch tensors and step scalars: nothing is read back to JavaScript and
// no number that changes from step to step is baked in, so that a backend may capture it. Shapes: B batch, C outputs.
import {
  addN,
  dispose,
  div,
  keep,
  maximum,
  mul,
  stack,
  sum,
  tidy,
  variableGrads,
  type Scalar,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { runPart, type Batch, type Model, type Parameter } from '@tessera/core';
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
  /** Modalities that samples may lack; every one may if left out. */
  readonly lackable?: ReadonlySet<string>;
  /** Weight of each head's loss, in declared order, where it is not the spec's: divided by the batches accumulated. */
  readonly lossWeights?: readonly Scalar[];
  /** Called when the forward pass is done, before the backward pass; for timing. */
  readonly onForward?: () => void;
}

/** Forward and backward pass of one batch. */
export function computeGradients(model: Model, batch: Batch, options: StepOptions): StepGradients {
  const context = trainingContext({
    seed: options.stepSeed,
    usesBatchStatistics: options.usesBatchStatistics,
    ...(options.lackable && { lackable: options.lackable }),
  });
  let losses: Tensor1D | undefined;
  const loss = (): Scalar => {
    const { logits } = model.forward(batch, context);
    const byHead = headLosses(model, batch, logits);
    losses = keep(stack<Scalar>(byHead) as Tensor1D);
    const weighted = [...model.heads.values()].map(({ weight }, i) =>
      mul<Scalar>(byHead[i] as Scalar, options.lossWeights?.[i] ?? weight),
    );
    options.onForward?.();
    return addN<Scalar>(weighted);
  };
  try {
    const variables = options.trained.map(({ value: variable }) => variable);
    const { value, grads } = variableGrads(loss, variables);
    value.dispose();
    const gradients = options.trained.flatMap(({ path, value: { name } }) => {
      const gradient = grads[name];
      return gradient ? [[path, gradient] as const] : [];
    });
    return { losses: losses as Tensor1D, gradients: new Map(gradients), bufferUpdates: context.updates };
  } catch (error) {
    dispose([...(losses ? [losses] : []), ...context.updates.values()]); // kept beyond the step's tidy
    throw error;
  }
}

/** The loss of each head over the samples that have a label, in declared order. */
export function headLosses(model: Model, batch: Batch, logits: Readonly<Record<string, Tensor>>): Scalar[] {
  return [...model.heads].map(([name, { loss }]) =>
    tidy(() => {
      const targets = batch.targets[name] as Tensor;
      const labelled = batch.labelled[name] as Tensor1D;
      const terms = (): ReturnType<typeof loss.terms> => loss.terms(logits[name] as never, targets, labelled);
      const { perSample, weight } = runPart(() => `heads.${name}.loss`, terms); // [B], [B]
      const total = sum(mul(weight, labelled));
      return div<Scalar>(sum(mul(perSample, labelled)), maximum(total, 1e-12));
    }),
  );
}

/** Writes new buffer values into the model and frees them. */
export function applyBufferUpdates(updates: ReadonlyMap<Parameter, Tensor>): void {
  for (const [buffer, value] of updates) {
    buffer.value.assign(value);
    value.dispose();
  }
}
