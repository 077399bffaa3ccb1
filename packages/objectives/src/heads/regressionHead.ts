// Shapes: B batch, C values.
import { tensor2d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  DataError,
  defineHead,
  type Assets,
  type FitSource,
  type ForwardContext,
  type FusedState,
  type Head,
  type HeadContext,
} from '@tessera/core';
import { z } from 'zod';
import { layerOptions } from './headOptions.js';
import { fitLabels, LabelList } from './labelList.js';
import { OutputLayers } from './outputLayers.js';
import { byName } from './probabilities.js';

/** What a regression head predicts. */
export interface RegressionPrediction {
  /** The value by name. */
  readonly values: Readonly<Record<string, number>>;
}

/** A raw target: one number, or one for each name. */
export type RawValues = readonly number[] | number;

const config = z.strictObject({
  names: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Names of the predicted values; "value", or value1, value2, … as many as the data has, if left out.'),
  ...layerOptions,
});

/** Predicts C real numbers: the logits themselves. */
export class RegressionHead implements Head<RawValues, RegressionPrediction> {
  readonly targetKind = 'real';
  readonly mainMetric = 'mean-squared-error';
  readonly defaultMetrics = ['mean-squared-error', 'mean-absolute-error', 'r2'];
  readonly numOutputs: number;
  readonly labels: readonly string[];
  private readonly layers: OutputLayers;

  constructor(options: z.output<typeof config>, context: HeadContext) {
    this.labels = LabelList.fromAssets(context.assets, context.path).names;
    this.numOutputs = this.labels.length;
    this.layers = new OutputLayers(context, { ...options, numOutputs: this.numOutputs });
  }

  logits(state: FusedState, context: ForwardContext): Tensor2D {
    return this.layers.apply(state, context);
  }

  checkTarget(target: RawValues): void {
    this.encodeTarget(target);
  }

  encodeTarget(target: RawValues): readonly number[] {
    const values = valuesOf(target).map(toNumber);
    if (values.length === this.numOutputs) return values;
    throw new DataError(
      `a target must have ${this.numOutputs} value${this.numOutputs > 1 ? 's' : ''} (${this.labels.join(', ')}), got ${values.length}.`,
    );
  }

  encodePrediction(logits: Float32Array): readonly number[] {
    return Array.from(logits);
  }

  collateTargets(targets: readonly (RawValues | undefined)[]): Tensor {
    const zeros = new Array<number>(this.numOutputs).fill(0);
    const rows = targets.flatMap((target) => (target === undefined ? zeros : this.encodeTarget(target)));
    return tensor2d(rows, [targets.length, this.numOutputs], 'float32');
  }

  scores(logits: Float32Array): Float32Array {
    return logits.slice();
  }

  decode(logits: Float32Array): RegressionPrediction {
    return { values: byName(this.labels, logits) };
  }
}

const valuesOf = (target: unknown): readonly unknown[] => (Array.isArray(target) ? target : [target]);

/** A finite number; tables give numbers as text. */
function toNumber(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new DataError(
    `a target must be a finite number, got ${typeof value === 'number' ? value : JSON.stringify(value)}.`,
  );
}

/** The given names, else one for each value of the first training target. */
function fitNames(names: readonly string[] | undefined, source: FitSource): Assets {
  const [first] = source.values ?? [];
  const count = valuesOf(first).length;
  const found = count === 1 ? ['value'] : Array.from({ length: count }, (_, i) => `value${i + 1}`);
  return fitLabels(source, { labels: names ?? found, atLeast: 1, labelsOf: valuesOf });
}

/** The head `regression`: real numbers. */
export const regression = defineHead<RawValues, RegressionPrediction>()({
  name: 'regression',
  summary: 'One or more real numbers.',
  config,
  fit: async ({ names }, source) => fitNames(names, source),
  create: (options, _services, context) => new RegressionHead(options, context),
});
