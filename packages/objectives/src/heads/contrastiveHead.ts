// Two towers and one space: CLIP (Radford et al., arXiv 2103.00020).
// Shapes: B batch, W width of a view, P embeddingSize.
import {
  concat,
  div,
  exp,
  maximum,
  minimum,
  mul,
  norm,
  sqrt,
  tensor1d,
  tidy,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import {
  DataError,
  defineHead,
  hashText,
  SpecError,
  torchLinear,
  type FusedState,
  type Head,
  type HeadContext,
  type Parameter,
  type TargetSource,
  type View,
  type ViewShape,
} from '@tessera/core';
import { Linear } from '@tessera/layers';
import { z } from 'zod';

/** What a contrastive head predicts: the embedding, of length 1, of each side that is present. */
export interface ContrastivePrediction {
  readonly embeddings: Readonly<Record<string, readonly number[]>>;
}

const config = z.strictObject({
  between: z
    .tuple([z.string(), z.string()])
    .optional()
    .describe('The two modalities of a pair; may be left out where the model has just two.'),
  embeddingSize: z.int().positive().default(128).describe('Numbers in an embedding.'),
  temperature: z.number().positive().default(0.07).describe('What products of embeddings are divided by, at first.'),
});

/** Products of embeddings are never more than this many times their cosine, as in CLIP. */
const largestScale = 100;

/**
 * Embeds both modalities of a pair in one space by a linear map without bias each, brought to length 1. A row of logits is
 * the two embeddings side by side, each times √s, so that a product of two is s times their cosine. The scale s is learned
 * by its logarithm, from 1 / temperature on. A sample's target is what it is a draw of: its group, or itself.
 *
 * Parameters `projections.<modality>.weight` [W, P] and `logScale` [1].
 */
export class ContrastiveHead implements Head<string, ContrastivePrediction> {
  readonly targetKind = 'pair';
  readonly mainMetric = 'mean-recall';
  readonly defaultMetrics = [
    ...['recall-at-1', 'recall-at-5', 'recall-at-10', 'median-rank'],
    ...['recall-at-1-reverse', 'recall-at-5-reverse', 'recall-at-10-reverse', 'median-rank-reverse'],
  ];
  readonly numOutputs: number;
  readonly labels: readonly string[];
  private readonly sides: readonly ViewShape[];
  private readonly projections: readonly Linear[];
  private readonly logScale: Parameter;
  private readonly embeddingSize: number;

  /** @throws SpecError when the pair is not two different modalities of the model */
  constructor(
    { between, embeddingSize, temperature }: z.output<typeof config>,
    { parameters, path, views = [] }: HeadContext,
  ) {
    this.sides = sidesOf(views, between, path);
    this.embeddingSize = embeddingSize;
    this.numOutputs = 2 * embeddingSize;
    this.labels = this.sides.flatMap(({ modality }) =>
      Array.from({ length: embeddingSize }, (_, i) => `${modality} ${i + 1}`),
    );
    const scope = parameters.scope('projections');
    this.projections = this.sides.map(
      ({ modality, width }) =>
        new Linear(scope.scope(modality), width, embeddingSize, { bias: false, initializer: torchLinear(width) }),
    );
    const start = Float32Array.of(Math.log(1 / temperature));
    this.logScale = parameters.weight('logScale', [1], () => start, { decays: false });
  }

  targetOf({ id, group, present }: TargetSource): string | undefined {
    return this.sides.every(({ modality }) => present.has(modality)) ? (group ?? id) : undefined;
  }

  logits({ views = [] }: FusedState): Tensor2D {
    return tidy(() => {
      const scale = minimum(exp(this.logScale.value), largestScale);
      const embeddings = this.sides.map(({ modality }, i): Tensor2D => {
        const { features } = views.find((view) => view.modality === modality) as View;
        return mul(unit((this.projections[i] as Linear).apply(features)), sqrt(scale));
      });
      return concat(embeddings, 1);
    });
  }

  checkTarget(target: string): void {
    if (typeof target !== 'string') throw new DataError(`a pair is named by text, got ${JSON.stringify(target)}.`);
  }

  encodeTarget(target: string): readonly number[] {
    this.checkTarget(target);
    return [numberOf(target)];
  }

  encodePrediction(): readonly number[] {
    return [];
  }

  collateTargets(targets: readonly (string | undefined)[]): Tensor {
    return tensor1d(
      targets.map((target) => (target === undefined ? 0 : hashText(target) | 0)),
      'int32',
    );
  }

  scores(logits: Float32Array): Float32Array {
    return logits.slice();
  }

  decode(logits: Float32Array): ContrastivePrediction {
    const sides = this.sides.map(({ modality }, i) => {
      const embedding = logits.subarray(i * this.embeddingSize, (i + 1) * this.embeddingSize);
      const length = Math.hypot(...embedding);
      return [modality, length === 0 ? [] : Array.from(embedding, (x) => x / length)] as const;
    });
    return { embeddings: Object.fromEntries(sides.filter(([, embedding]) => embedding.length > 0)) };
  }
}

/** Rows of length 1; zeros stay zeros. */
const unit = (x: Tensor2D): Tensor2D => div(x, maximum(norm(x, 'euclidean', 1, true), 1e-12));

/** A number that stands for a text, whole and below 2^53: two texts share one with a chance of about 1e-16. */
const numberOf = (text: string): number => (hashText(text) % 2 ** 21) * 2 ** 32 + hashText(`second ${text}`);

function sidesOf(views: readonly ViewShape[], between: readonly string[] | undefined, path: string): ViewShape[] {
  const names = views.map(({ modality }) => modality);
  const chosen = between ?? names;
  const sides = chosen.flatMap((name) => views.filter(({ modality }) => modality === name));
  if (sides.length === 2 && chosen.length === 2 && chosen[0] !== chosen[1]) return sides;
  throw new SpecError([
    {
      path: `${path}.between`,
      message: `must be two different modalities of this model, got ${chosen.join(', ') || 'none'}. Choose of ${names.join(', ')}.`,
    },
  ]);
}

/** The head `contrastive`: pairs of two modalities in one space. */
export const contrastive = defineHead<string, ContrastivePrediction>()({
  name: 'contrastive',
  summary: 'Two modalities in one space, what belongs together close to each other (CLIP).',
  config,
  reads: 'views',
  targets: 'sample',
  create: (options, _services, context) => new ContrastiveHead(options, context),
});
