// Applies an optimizer to a model: keeps its slots and each parameter's count of updates.
import {
  add,
  addN,
  div,
  minimum,
  scalar,
  sqrt,
  tensor,
  tidy,
  variable,
  zeros,
  type Scalar,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import { CheckpointError, type Optimizer, type ParameterSource, type Schedule } from '@tessera/core';
import { sumOfSquares } from '@tessera/layers';
import { feed } from './trainStep.js';
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

type Slots = Readonly<Record<string, Variable>>;

/** Owns the optimizer's tensors. */
export class ParameterUpdater {
  private readonly slots = new Map<string, Slots>();
  private readonly counts = new Map<string, number>();
  private readonly rules: ReadonlyMap<string, UpdateRule>;

  constructor(private readonly options: UpdaterOptions) {
    this.rules = new Map(options.rules.map((rule) => [rule.parameter.path, rule]));
  }

  /** Updates each parameter that has a gradient. `step` counts the run's updates from 0. Borrows the gradients. */
  apply(gradients: ReadonlyMap<string, Tensor>, step: number): void {
    tidy(() => {
      const feeds = new StepFeeds(this.options, step);
      const gradientScale = this.clipFactor(gradients);
      for (const [path, gradient] of gradients) {
        const rule = this.rules.get(path);
        if (!rule) continue;
        const updates = (this.counts.get(path) ?? 0) + 1;
        this.counts.set(path, updates);
        this.update(rule, gradient, updates, feeds, gradientScale);
      }
    });
  }

  private update(
    rule: UpdateRule,
    gradient: Tensor,
    updates: number,
    feeds: StepFeeds,
    gradientScale: Scalar | undefined,
  ): void {
    const { parameter, weightDecay } = rule;
    const slots = this.slotsOf(rule);
    const learningRate = feeds.learningRate(rule, updates);
    const scalars = feeds.stepScalars(updates);
    tidy(() => {
      const result = this.options.optimizer.update({
        parameter: parameter.value,
        gradient,
        slots,
        learningRate,
        scalars,
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

  private slotsOf({ parameter }: UpdateRule): Slots {
    let slots = this.slots.get(parameter.path);
    if (!slots) {
      slots = Object.fromEntries(
        this.options.optimizer.slots.map((name) => {
          const initial = zeros([...parameter.shape]);
          const slot = variable(initial, false);
          initial.dispose();
          return [name, slot];
        }),
      );
      this.slots.set(parameter.path, slots);
    }
    return slots;
  }

  /** Each parameter's number of updates, for a checkpoint. */
  get updateCounts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }

  /** All slots with names `<slot>/<path>`, for a checkpoint. */
  get tensors(): { readonly name: string; readonly value: Variable }[] {
    return [...this.slots].flatMap(([path, slots]) =>
      Object.entries(slots).map(([slot, value]) => ({ name: `${slot}/${path}`, value })),
    );
  }

  /** Continues from a checkpoint. Throws CheckpointError when it lacks a slot. */
  restore(counts: Readonly<Record<string, number>>, source: ParameterSource): void {
    for (const [path, count] of Object.entries(counts)) {
      const rule = this.rules.get(path);
      if (!rule)
        throw new CheckpointError(
          `${source.description}: it has optimizer state of ${path}, which this model lacks. Resume with the run's own spec.`,
        );
      this.counts.set(path, count);
      for (const [slot, value] of Object.entries(this.slotsOf(rule))) {
        const saved = source.read(`${slot}/${path}`);
        if (!saved)
          throw new CheckpointError(
            `${source.description}: it lacks the optimizer's ${slot} of ${path}. The checkpoint is incomplete.`,
          );
        const restored = tensor(saved.values, [...rule.parameter.shape], 'float32');
        value.assign(restored);
        restored.dispose();
      }
    }
  }

  /** Frees the slots. Safe to call twice. */
  dispose(): void {
    for (const { value } of this.tensors) value.dispose();
    this.slots.clear();
  }
}

/** The scalars fed in one update, each made once. */
class StepFeeds {
  private readonly rates = new Map<string, Scalar>();
  private readonly scalars = new Map<number, Readonly<Record<string, Scalar>>>();

  constructor(
    private readonly options: UpdaterOptions,
    private readonly step: number,
  ) {}

  learningRate(rule: UpdateRule, updates: number): Scalar {
    const { schedule, optimizer, totalSteps } = this.options;
    const step = optimizer.scheduleBy === 'parameter' ? updates - 1 : this.step;
    const key = `${rule.learningRate}:${step}`;
    return cached(this.rates, key, () => feed(rule.learningRate * schedule.factor(step, totalSteps)));
  }

  stepScalars(updates: number): Readonly<Record<string, Scalar>> {
    return cached(this.scalars, updates, () =>
      Object.fromEntries(
        Object.entries(this.options.optimizer.stepScalars(updates)).map(([name, value]) => [name, feed(value)]),
      ),
    );
  }
}

function cached<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
