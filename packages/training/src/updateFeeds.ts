// What changes from update to update reaches the update as tensors, so that a captured function can be fed anew.
import { scalar, type Scalar } from '@tensorflow/tfjs-core';
import type { Optimizer, Schedule } from '@tessera/core';
import type { UpdateRule } from './updateGroups.js';

/** The scalars fed to one update. */
export interface UpdateFeeds {
  readonly rates: readonly Scalar[];
  /** What {@link Optimizer.stepScalars} gave, for each number of updates that parameters have had. */
  readonly scalars: readonly Readonly<Record<string, Scalar>>[];
}

/** Which of the feeds a parameter takes. */
export interface FeedPlace {
  readonly rate: number;
  readonly scalars: number;
}

/** The numbers of one update, and which parameter takes which. */
export interface UpdatePlan {
  readonly rates: readonly number[];
  readonly scalars: readonly Readonly<Record<string, number>>[];
  /** By path. */
  readonly places: ReadonlyMap<string, FeedPlace>;
  /** The places in the rules' order, as text: `0.0*12 0.1*3`. Equal as long as the same parameters share feeds. */
  readonly key: string;
}

/** How the numbers of an update come about. */
export interface FeedSource {
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  /** Updates of the whole run. */
  readonly totalSteps: number;
}

/**
 * Plans the update number `step` (from 0) of some parameters.
 * @param counts - updates that each parameter has had
 */
export function planUpdate(
  { optimizer, schedule, totalSteps }: FeedSource,
  rules: readonly UpdateRule[],
  counts: ReadonlyMap<string, number>,
  step: number,
): UpdatePlan {
  const rates = new Numbering<string, number>();
  const scalars = new Numbering<number, Readonly<Record<string, number>>>();
  const places = new Map<string, FeedPlace>();
  for (const { parameter, learningRate } of rules) {
    const updates = (counts.get(parameter.path) ?? 0) + 1;
    const at = optimizer.scheduleBy === 'parameter' ? updates - 1 : step;
    places.set(parameter.path, {
      // By what a rate is made of: rates that agree in one step only are different feeds.
      rate: rates.numberOf(`${learningRate}:${at}`, () => learningRate * schedule.factor(at, totalSteps)),
      scalars: scalars.numberOf(updates, () => optimizer.stepScalars(updates)),
    });
  }
  return { rates: rates.values, scalars: scalars.values, places, key: runLengths(places) };
}

/** The plan's numbers as tensors; the caller disposes them. */
export const feedsOf = ({ rates, scalars }: UpdatePlan): UpdateFeeds => ({
  rates: rates.map(feed),
  scalars: scalars.map((named) =>
    Object.fromEntries(Object.entries(named).map(([name, value]) => [name, feed(value)])),
  ),
});

/** A number of one step as a tensor. */
export const feed = (value: number): Scalar => scalar(value, 'float32');

/** Numbers things by their keys in the order of first mention. */
class Numbering<K, V> {
  readonly values: V[] = [];
  private readonly numbers = new Map<K, number>();

  numberOf(key: K, make: () => V): number {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.values.length);
    return this.values.push(make()) - 1;
  }
}

function runLengths(places: ReadonlyMap<string, FeedPlace>): string {
  const runs: { text: string; length: number }[] = [];
  for (const { rate, scalars } of places.values()) {
    const text = `${rate}.${scalars}`;
    const last = runs.at(-1);
    if (last?.text === text) last.length += 1;
    else runs.push({ text, length: 1 });
  }
  return runs.map(({ text, length }) => `${text}*${length}`).join(' ');
}
