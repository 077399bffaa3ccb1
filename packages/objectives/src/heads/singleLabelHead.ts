// Shapes: B batch, C classes.
import { tensor1d, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { defineHead, type ForwardContext, type FusedState, type Head, type HeadContext } from '@tessera/core';
import { z } from 'zod';
import { labelsOption, layerOptions } from './headOptions.js';
import { fitLabels, LabelList, type RawLabel } from './labelList.js';
import { OutputLayers } from './outputLayers.js';
import { argMaxOf, byName, softmaxOf } from './probabilities.js';

/** What a single-label head predicts. */
export interface SingleLabelPrediction {
  /** The most probable class. */
  readonly label: string;
  /** Its probability. */
  readonly probability: number;
  /** Probability by class; they sum to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
}

const config = z.strictObject({ labels: labelsOption, ...layerOptions });

/** Chooses one of C classes, by a softmax over the logits. */
export class SingleLabelHead implements Head<RawLabel, SingleLabelPrediction> {
  readonly targetKind = 'class-index';
  readonly mainMetric = 'accuracy';
  readonly defaultMetrics = ['accuracy', 'macro-f1'];
  readonly numOutputs: number;
  readonly labels: readonly string[];
  private readonly list: LabelList;
  private readonly layers: OutputLayers;

  constructor(options: z.output<typeof config>, context: HeadContext) {
    this.list = LabelList.fromAssets(context.assets, context.path);
    this.labels = this.list.names;
    this.numOutputs = this.labels.length;
    this.layers = new OutputLayers(context, { ...options, numOutputs: this.numOutputs });
  }

  logits(state: FusedState, context: ForwardContext): Tensor2D {
    return this.layers.apply(state, context);
  }

  checkTarget(target: RawLabel): void {
    this.list.indexOf(target);
  }

  encodeTarget(target: RawLabel): readonly number[] {
    return [this.list.indexOf(target)];
  }

  encodePrediction(logits: Float32Array): readonly number[] {
    return [argMaxOf(logits)];
  }

  collateTargets(targets: readonly (RawLabel | undefined)[]): Tensor {
    return tensor1d(
      targets.map((target) => (target === undefined ? 0 : this.list.indexOf(target))),
      'int32',
    );
  }

  scores(logits: Float32Array): Float32Array {
    return Float32Array.from(softmaxOf(logits));
  }

  decode(logits: Float32Array): SingleLabelPrediction {
    const probabilities = softmaxOf(logits);
    const best = argMaxOf(logits);
    return {
      label: this.labels[best] ?? '',
      probability: probabilities[best] ?? NaN,
      probabilities: byName(this.labels, probabilities),
    };
  }
}

/** The head `single-label`: one of several classes. */
export const singleLabel = defineHead<RawLabel, SingleLabelPrediction>()({
  name: 'single-label',
  summary: 'One of several classes (softmax).',
  config,
  fit: async ({ labels }, source) => fitLabels(source, { labels, atLeast: 2, labelsOf: (target) => [target] }),
  create: (options, _services, context) => new SingleLabelHead(options, context),
});
