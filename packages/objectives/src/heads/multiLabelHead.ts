// Shapes: B batch, C classes.
import { tensor2d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { defineHead, type ForwardContext, type FusedState, type Head, type HeadContext } from '@tessera/core';
import { z } from 'zod';
import { labelsOption, layerOptions } from './headOptions.js';
import { fitLabels, LabelList, type RawLabel } from './labelList.js';
import { OutputLayers } from './outputLayers.js';
import { byName, sigmoidOf } from './probabilities.js';

/** What a multi-label head predicts. */
export interface MultiLabelPrediction {
  /** The classes whose probability is above the threshold, in class order. */
  readonly labels: readonly string[];
  /** Probability by class, each for itself. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Raw labels of one sample: a list, possibly empty, or a single one. */
export type RawLabels = readonly RawLabel[] | RawLabel;

const config = z.strictObject({
  labels: labelsOption,
  threshold: z.number().gt(0).lt(1).default(0.5).describe('A class is predicted when its probability is above this.'),
  ...layerOptions,
});

/** Any number of C classes at once, each by a sigmoid of its own. */
export class MultiLabelHead implements Head<RawLabels, MultiLabelPrediction> {
  readonly targetKind = 'multi-hot';
  readonly mainMetric = 'micro-f1';
  readonly defaultMetrics = ['micro-f1', 'macro-f1', 'average-precision'];
  readonly numOutputs: number;
  readonly labels: readonly string[];
  private readonly list: LabelList;
  private readonly layers: OutputLayers;
  private readonly threshold: number;

  constructor(options: z.output<typeof config>, context: HeadContext) {
    this.list = LabelList.fromAssets(context.assets, context.path);
    this.labels = this.list.names;
    this.numOutputs = this.labels.length;
    this.threshold = options.threshold;
    this.layers = new OutputLayers(context, { ...options, numOutputs: this.numOutputs });
  }

  logits(state: FusedState, context: ForwardContext): Tensor2D {
    return this.layers.apply(state, context);
  }

  checkTarget(target: RawLabels): void {
    this.encodeTarget(target);
  }

  encodeTarget(target: RawLabels): readonly number[] {
    const row = new Array<number>(this.numOutputs).fill(0);
    for (const label of labelsOf(target)) row[this.list.indexOf(label)] = 1;
    return row;
  }

  encodePrediction(logits: Float32Array): readonly number[] {
    return Array.from(logits, (logit) => (sigmoidOf(logit) > this.threshold ? 1 : 0));
  }

  collateTargets(targets: readonly (RawLabels | undefined)[]): Tensor {
    const rows = targets.flatMap((target) => this.encodeTarget(target ?? []));
    return tensor2d(rows, [targets.length, this.numOutputs], 'float32');
  }

  scores(logits: Float32Array): Float32Array {
    return Float32Array.from(logits, sigmoidOf);
  }

  decode(logits: Float32Array): MultiLabelPrediction {
    const chosen = this.encodePrediction(logits);
    return {
      labels: this.labels.filter((_, output) => chosen[output] === 1),
      probabilities: byName(this.labels, Array.from(logits, sigmoidOf)),
    };
  }
}

const labelsOf = (target: unknown): readonly unknown[] => (Array.isArray(target) ? target : [target]);

/** The head `multi-label`: any number of classes at once. */
export const multiLabel = defineHead<RawLabels, MultiLabelPrediction>()({
  name: 'multi-label',
  summary: 'Any number of classes at once (sigmoid of each).',
  config,
  fit: async ({ labels }, source) => fitLabels(source, { labels, atLeast: 1, labelsOf }),
  create: (options, _services, context) => new MultiLabelHead(options, context),
});
