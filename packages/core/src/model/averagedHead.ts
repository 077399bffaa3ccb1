// Late fusion: a head of the same kind for each modality. Shapes: B batch, C outputs.
import { addN, div, expandDims, maximum, mul, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { ForwardContext } from '../contracts/context.js';
import type { Head, TargetKind } from '../contracts/objective.js';
import type { FusedState, View } from '../contracts/tokens.js';
import { ShapeError } from '../errors.js';

/** The head of one modality. */
export interface ViewHead {
  readonly modality: string;
  readonly head: Head;
}

/**
 * Averages the logits that heads of one kind give, each of its modality's own features, over the modalities that are
 * present; without any they are 0. What labels and logits mean is the same for all.
 */
export class AveragedHead implements Head {
  readonly targetKind: TargetKind;
  readonly numOutputs: number;
  readonly labels: readonly string[];
  readonly mainMetric: string;
  readonly defaultMetrics: readonly string[];
  readonly targetOf?: NonNullable<Head['targetOf']>;
  private readonly first: Head;

  /** @param views - heads by modality, in the order of the states' views */
  constructor(private readonly views: readonly ViewHead[]) {
    const [first] = views;
    if (!first) throw new ShapeError('AveragedHead: needs a head for each modality, got none. Declare a modality.');
    this.first = first.head;
    this.targetKind = first.head.targetKind;
    this.numOutputs = first.head.numOutputs;
    this.labels = first.head.labels;
    this.mainMetric = first.head.mainMetric;
    this.defaultMetrics = first.head.defaultMetrics;
    if (first.head.targetOf) this.targetOf = first.head.targetOf.bind(first.head);
  }

  logits({ views = [] }: FusedState, context: ForwardContext): Tensor2D {
    return tidy(() => {
      const given = this.views.map(({ modality }, i) => viewOf(views[i], modality));
      const present = given.map((view): Tensor2D => expandDims(view.present, 1)); // [B, 1] each
      const counted = this.views.map(({ head }, i) => {
        const { features } = given[i] as View;
        return mul<Tensor2D>(head.logits({ pooled: features }, context), present[i] as Tensor2D);
      });
      return div<Tensor2D>(addN(counted), maximum(addN(present), 1));
    });
  }

  checkTarget(target: unknown): void {
    this.first.checkTarget(target);
  }

  encodeTarget(target: unknown): readonly number[] {
    return this.first.encodeTarget(target);
  }

  encodePrediction(logits: Float32Array): readonly number[] {
    return this.first.encodePrediction(logits);
  }

  collateTargets(targets: readonly unknown[]): Tensor {
    return this.first.collateTargets(targets);
  }

  scores(logits: Float32Array): Float32Array {
    return this.first.scores(logits);
  }

  decode(logits: Float32Array): unknown {
    return this.first.decode(logits);
  }
}

function viewOf(view: View | undefined, modality: string): View {
  if (view?.modality === modality) return view;
  throw new ShapeError(
    `AveragedHead: the state must have a view of each modality, got ${view?.modality ?? 'none'} for ${modality}. ` +
      "Give FusedState.views in the order of the fusion's own.",
  );
}
