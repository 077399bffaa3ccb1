// Applies an optimizer to a model: keeps its slots and each parameter's count of updates.
import {
  add,
  addN,
  div,
  minimum,
  scalar,
  sqrt,
  tidy,
  type Scalar,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import { CheckpointError, type Optimizer, type ParameterSource, type Schedule } from '@tessera/core';
import { sumOfSquares } from '@tessera/layers';
import { OptimizerState } from './optimizerState.js';
import { feedsOf, planUpdate, type FeedPlace, type UpdateFeeds, type UpdatePlan } from './updateFeeds.js';
import type { UpdateRule } from './updateGroups.js';

/** How updates are made. */
export interface UpdaterOptions {
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly rules: readonly UpdateRule[];
  /** Updates of the whole run, for the schedule. */
  readonly totalSteps: number;
  /** Global gradient norm above which gradients are scaled down: factor min(1, clip / (norm + 1e-6)), as PyTorch. */
  readonly clipNorm?: number;
}

/** Owns the optimizer's tensors. */
export class ParameterUpdater {
  private readonly state: OptimizerState;
  private readonly rules: ReadonlyMap<string, UpdateRule>;

  constructor(private readonly options: UpdaterOptions) {
    this.state = new OptimizerState(options.optimizer.slots);
    this.rules = new Map(options.rules.map((rule) => [rule.parameter.path, rule]));
  }

  /** Updates each parameter that has a gradient. `step` counts the run's updates from 0. Borrows the gradients. */
  apply(gradients: ReadonlyMap<string, Tensor>, step: number): void {
    tidy(() => {
      const plan = this.plan(gradients.keys(), step);
      const own = new Map([...gradients].map(([path, gradient]) => [path, gradient.clone()]));
      this.advance(this.update(own, plan, feedsOf(plan)));
    });
  }

  /** What the update number `step` of these parameters takes; makes their slots, so that a function may assign them. */
  plan(paths: Iterable<string>, step: number): UpdatePlan {
    const rules = [...paths].flatMap((path) => this.rules.get(path) ?? []);
    for (const { parameter } of rules) this.state.slotsOf(parameter);
    return planUpdate(this.options, rules, this.state.counts, step);
  }

  /**
   * Assigns new values to the parameters that have a gradient and to their slots. Part of a function's body: it depends
   * on the plan's places and no number of it. Frees each gradient as soon as it was used.
   * @returns the paths of the parameters updated, for {@link advance}
   */
  update(gradients: ReadonlyMap<string, Tensor>, { places }: UpdatePlan, feeds: UpdateFeeds): string[] {
    const gradientScale = this.clipFactor(gradients);
    const updated: string[] = [];
    for (const [path, gradient] of gradients) {
      const [rule, place] = [this.rules.get(path), places.get(path)];
      if (rule && place) {
        this.updateOne(rule, gradient, scalarsAt(place, feeds), gradientScale);
        updated.push(path);
      }
      gradient.dispose();
    }
    gradientScale?.dispose();
    return updated;
  }

  private updateOne(
    { parameter, weightDecay }: UpdateRule,
    gradient: Tensor,
    scalars: ScalarsOfUpdate,
    gradientScale: Scalar | undefined,
  ): void {
    const slots = this.state.slotsOf(parameter);
    tidy(() => {
      const result = this.options.optimizer.update({
        parameter: parameter.value,
        gradient,
        slots,
        ...scalars,
        ...(gradientScale && { gradientScale }),
        weightDecay,
      });
      parameter.value.assign(result.parameter);
      for (const [name, slot] of Object.entries(slots)) slot.assign(result.slots[name] as Tensor);
    });
  }

  private clipFactor(gradients: ReadonlyMap<string, Tensor>): Scalar | undefined {
    const { clipNorm } = this.options;
    if (clipNorm === undefined || gradients.size === 0) return undefined;
    return tidy(() => {
      const norm = sqrt(addN([...gradients.values()].map((gradient) => sumOfSquares(gradient))));
      return minimum<Scalar>(1, div(scalar(clipNorm), add(norm, 1e-6)));
    });
  }

  /** Counts an update of each of these parameters. */
  advance(paths: readonly string[]): void {
    this.state.advance(paths);
  }

  /** Each parameter's number of updates, for a checkpoint. */
  get updateCounts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.state.counts);
  }

  /** All slots with names `<slot>/<path>`, for a checkpoint. */
  get tensors(): { readonly name: string; readonly value: Variable }[] {
    return this.state.tensors;
  }

  /** Continues from a checkpoint. Throws CheckpointError when it lacks a slot. */
  restore(counts: Readonly<Record<string, number>>, source: ParameterSource): void {
    for (const [path, count] of Object.entries(counts)) {
      const rule = this.rules.get(path);
      if (!rule)
        throw new CheckpointError(
          `${source.description}: it has optimizer state of ${path}, which this model lacks. Resume with the run's own spec.`,
        );
      this.state.restore(rule.parameter, count, source);
    }
  }

  /** Frees the slots. Safe to call twice. */
  dispose(): void {
    this.state.dispose();
  }
}

interface ScalarsOfUpdate {
  readonly learningRate: Scalar;
  readonly scalars: Readonly<Record<string, Scalar>>;
}

const scalarsAt = ({ rate, scalars }: FeedPlace, feeds: UpdateFeeds): ScalarsOfUpdate => ({
  learningRate: feeds.rates[rate] as Scalar,
  scalars: feeds.scalars[scalars] ?? {},
});
