// A trainer's functions of tensors: a whole step, or the gradients of one batch of several and the update that ends them.
// What a body depends on beside tensors stands in its key.
import { dispose, scalar, type Scalar, type Tensor1D } from '@tensorflow/tfjs-core';
import {
  flattenTree,
  TrainingError,
  type Batch,
  type FunctionResult,
  type FunctionRunner,
  type Model,
  type TensorFunction,
} from '@tessera/core';
import type { Stage } from './freezing.js';
import { GradientSums } from './gradientSums.js';
import type { ParameterUpdater } from './parameterUpdater.js';
import type { StageClock } from './stageClock.js';
import { applyBufferUpdates, computeGradients, type StepGradients } from './trainStep.js';
import { feed, feedsOf } from './updateFeeds.js';

/** One batch and what varies from batch to batch. */
export interface BatchStep {
  /** Borrowed. */
  readonly batch: Batch;
  /** All random draws of the step derive from it. */
  readonly seed: number;
  /** Factor on the loss: 1 / number of batches in the update. */
  readonly lossScale: number;
}

/** The tensors that a function of one batch reads. */
interface StepInputs {
  readonly batch: Batch;
  readonly made: { readonly seed: Scalar; readonly lossWeights: readonly Scalar[] };
}

let numRunners = 0;

/** Runs the steps of one trainer. Owns what it accumulates. */
export class StepRunner {
  private readonly key: string;
  private readonly sums = new GradientSums();
  private stage: Stage;

  /**
   * @param options - the stage that training starts with, and the modalities that its samples may lack, which no body's
   * key names, since they are the same for all of this runner's
   * @throws TrainingError when the backend cannot compute in the spec's precision
   */
  constructor(
    private readonly model: Model,
    private readonly updater: ParameterUpdater,
    private readonly options: { readonly stage: Stage; readonly lackable: ReadonlySet<string> },
  ) {
    requirePrecision(model);
    this.key = `${model.key}training ${++numRunners}/`;
    this.stage = options.stage;
  }

  /** Says what is trained from now on. What was captured for another stage is not needed again. */
  enter(stage: Stage): void {
    if (stage.key !== this.stage.key) this.model.runner.forget(this.key);
    this.stage = stage;
  }

  /** One batch and the update number `update` of the run (from 0), as one function. Gives the heads' losses. */
  async step(step: BatchStep, update: number, clock: StageClock): Promise<Float32Array> {
    const { stage } = this;
    const plan = this.updater.plan(
      stage.trained.map(({ path }) => path),
      update,
    );
    const { batch, made } = this.inputsOf(step);
    const { outputs, info } = await this.run({
      name: 'training step',
      key: `step/${stage.key}/${plan.key}/`,
      inputs: { batch, made: { ...made, feeds: feedsOf(plan) } },
      body: (given) => {
        const { losses, gradients } = this.backpropagate(stage, given, clock);
        const updated = this.updater.update(gradients, plan, given.made.feeds);
        clock.lap('update');
        return { outputs: { losses }, info: { updated } };
      },
    });
    this.updater.advance(info.updated);
    return readLosses(outputs.losses, clock);
  }

  /** Adds one batch's gradients to those of the update that is to come. Gives the heads' losses. */
  async accumulate(step: BatchStep, clock: StageClock): Promise<Float32Array> {
    const { stage } = this;
    this.sums.prepare(stage.trained);
    const { outputs, info } = await this.run({
      name: 'gradients of a batch',
      key: `gradients/${stage.key}/`,
      inputs: this.inputsOf(step),
      body: (given) => {
        const { losses, gradients } = this.backpropagate(stage, given, clock);
        this.sums.add(gradients);
        return { outputs: { losses }, info: { reached: [...gradients.keys()] } };
      },
    });
    for (const path of info.reached) this.sums.pending.add(path);
    return readLosses(outputs.losses, clock);
  }

  /** The update number `update` of the run (from 0), from what was accumulated. */
  async update(update: number, clock: StageClock): Promise<void> {
    const paths = this.stage.trained.map(({ path }) => path).filter((path) => this.sums.pending.has(path));
    const plan = this.updater.plan(paths, update);
    const missing = this.stage.trained.length - paths.length;
    const { info } = await this.run({
      name: 'update',
      key: `update/${this.stage.key}/${missing === 0 ? '' : paths.join(',')}/${plan.key}/`,
      inputs: { made: { feeds: feedsOf(plan) } },
      body: ({ made }) => {
        const updated = this.updater.update(this.sums.read(paths), plan, made.feeds);
        this.sums.clear(paths);
        return { outputs: {}, info: { updated } };
      },
    });
    this.updater.advance(info.updated);
    this.sums.pending.clear();
    clock.lap('update');
  }

  /** Forgets the gradients of an update that does not come. */
  discard(): void {
    this.sums.clear(this.sums.pending);
    this.sums.pending.clear();
  }

  private inputsOf({ batch, seed, lossScale }: BatchStep): StepInputs {
    const weights = [...this.model.heads.values()].map(({ weight }) => feed(weight * lossScale));
    return { batch, made: { seed: scalar(seed, 'int32'), lossWeights: weights } };
  }

  /** Forward and backward pass with new running statistics: part of a body. */
  private backpropagate(
    stage: Stage,
    { batch, made }: StepInputs,
    clock: StageClock,
  ): Omit<StepGradients, 'bufferUpdates'> {
    clock.lap('graph');
    const { bufferUpdates, ...step } = computeGradients(this.model, batch, {
      stepSeed: made.seed,
      lossWeights: made.lossWeights,
      trained: stage.trained,
      usesBatchStatistics: stage.usesBatchStatistics,
      lackable: this.options.lackable,
      onForward: () => clock.lap('forward'),
    });
    applyBufferUpdates(bufferUpdates);
    clock.lap('backward');
    return step;
  }

  /** Runs a function of this trainer and frees the inputs that were made for it. */
  private async run<I extends { readonly made: object }, O, Info>(
    fn: TensorFunction<I, O, Info>,
  ): Promise<FunctionResult<O, Info>> {
    try {
      const { precision } = this.model.spec.training;
      return await this.model.runner.run({ ...fn, precision, key: this.key + fn.key });
    } finally {
      dispose([...flattenTree(fn.inputs.made).tensors]);
    }
  }

  /** Frees what was accumulated and what the runner kept. Safe to call twice. */
  dispose(): void {
    this.model.runner.forget(this.key);
    this.sums.dispose();
  }
}

function requirePrecision({ runner, spec }: Model): void {
  const { precision, compile } = spec.training;
  const { precisions = [] } = runner;
  if (precision === 'float32' || (!('none' in precisions) && precisions.includes(precision))) return;
  throw new TrainingError(
    `training.precision: must be one the backend computes in, got ${precision} (${whyFloat32Alone(runner, compile)}). Set it to float32, or train on native TensorFlow (tessera backend install) on a processor with bfloat16.`,
  );
}

function whyFloat32Alone({ captures, precisions }: FunctionRunner, compile: 'auto' | 'off'): string {
  if (precisions && 'none' in precisions) return precisions.none;
  if (compile === 'off') return 'compile is off';
  return captures ? 'its graphs compute in float32' : 'it captures no graphs';
}

/** Reads losses and frees them. Where the body did not run, all of the step's time is its graph's. */
async function readLosses(losses: Tensor1D, clock: StageClock): Promise<Float32Array> {
  const values = (await losses.data()) as Float32Array;
  losses.dispose();
  clock.lap('graph');
  return values;
}
