import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** One parameter's update. Numbers that change from step to step arrive as scalar tensors. */
export interface UpdateInput {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** The optimizer's own tensors for this parameter, by slot name. */
  readonly slots: Readonly<Record<string, Tensor>>;
  readonly learningRate: Scalar;
  /** What {@link Optimizer.stepScalars} gave for this parameter's step count. */
  readonly scalars: Readonly<Record<string, Scalar>>;
  /** Factor on the gradient (global-norm clipping), or undefined for none. */
  readonly gradientScale?: Scalar;
  /** 0 for parameters excluded from decay. */
  readonly weightDecay: number;
}

/** New values after one update. */
export interface UpdateResult {
  readonly parameter: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

/** An update rule, free of state: slots and step counts are kept by the trainer. */
export interface Optimizer {
  /** Names of the tensors kept for each parameter, of its shape, zero at first. */
  readonly slots: readonly string[];
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Decay of parameters that are not excluded. */
  readonly weightDecay: number;
  /** Whether the schedule follows each parameter's own count of updates (BertAdam) or the run's. */
  readonly scheduleBy: 'run' | 'parameter';
  /** Scalars that depend on the number of updates a parameter has had, this one included (from 1). */
  stepScalars(updates: number): Readonly<Record<string, number>>;
  /** The update rule. */
  update(input: UpdateInput): UpdateResult;
}

/** Factor on the learning rate over time. */
export interface Schedule {
  /** Factor for the update number `step` (from 0) of `totalSteps`. */
  factor(step: number, totalSteps: number): number;
  /** Told the selection metric after each epoch; schedules that follow a metric change their factor. */
  onMetric?(value: number, greaterIsBetter: boolean): void;
  /** State to save in a checkpoint. */
  state?(): Readonly<Record<string, number>>;
  /** Continues from a saved state. */
  restore?(state: Readonly<Record<string, number>>): void;
}
