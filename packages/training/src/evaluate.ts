// Shapes: B batch, C outputs, n samples.
import { dispose, stack, type Tensor } from '@tensorflow/tfjs-core';
import {
  disposeBatch,
  flattenTree,
  inferenceContext,
  sampleTarget,
  type Batch,
  type BuiltHead,
  type EvaluationTable,
  type Model,
  type PreparedSample,
  type Registry,
} from '@tessera/core';
import { headLosses } from './trainStep.js';

/** The outcome for one head. */
export interface HeadEvaluation {
  /** Figures by metric name; NaN where undefined. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly table: EvaluationTable;
  /** Ids of the table's samples. */
  readonly ids: readonly string[];
}

/** The outcome of evaluating a model on samples. */
export interface Evaluation {
  readonly numSamples: number;
  /** Weighted sum of the losses of the heads that have labels, each the mean over its labelled samples. */
  readonly loss: number;
  /** By head: the loss, mean over its labelled samples. */
  readonly losses: Readonly<Record<string, number>>;
  readonly heads: Readonly<Record<string, HeadEvaluation>>;
}

/** Evaluates batches of prepared samples: losses, metrics and the table they come from. */
export async function evaluate(
  model: Model,
  registry: Registry,
  batches: AsyncIterable<readonly PreparedSample[]>,
  onBatch?: (samples: number) => void,
): Promise<Evaluation> {
  const evaluator = new Evaluator(model);
  for await (const samples of batches) {
    await evaluator.add(samples);
    onBatch?.(evaluator.numSamples);
  }
  return evaluator.finish(registry);
}

/** Gathers a model's outputs on batch after batch. */
export class Evaluator {
  /** Samples so far. */
  numSamples = 0;
  private readonly collectors: readonly HeadCollector[];

  constructor(private readonly model: Model) {
    this.collectors = [...model.heads].map(([name, built]) => new HeadCollector(name, built));
  }

  /** Evaluates one batch; none of an empty one. */
  async add(samples: readonly PreparedSample[]): Promise<void> {
    if (samples.length === 0) return;
    const { model } = this;
    const batch = model.collate(samples);
    const { outputs } = await model.runner.run({
      name: 'evaluation',
      key: `${model.key}evaluation/`,
      inputs: batch,
      body: (given) => ({ outputs: evaluationOutputs(model, given), info: {} }),
    });
    const lossValues = await outputs.losses?.data();
    for (const [i, collector] of this.collectors.entries()) {
      const logits = outputs.logits[collector.name];
      if (logits) collector.add(samples, (await logits.data()) as Float32Array, lossValues?.[i] ?? NaN);
    }
    dispose([...flattenTree(outputs).tensors]);
    disposeBatch(batch);
    this.numSamples += samples.length;
  }

  /** The outcome of all batches. */
  finish(registry: Registry): Evaluation {
    return summarize(this.collectors, registry, this.numSamples);
  }
}

/** Logits by head, and the heads' losses where there are labels. */
function evaluationOutputs(model: Model, batch: Batch): { logits: Readonly<Record<string, Tensor>>; losses?: Tensor } {
  const { logits } = model.forward(batch, inferenceContext());
  const labelled = Object.keys(batch.targets).length > 0;
  return { logits, ...(labelled && { losses: stack(headLosses(model, batch, logits)) }) };
}

function summarize(collectors: readonly HeadCollector[], registry: Registry, numSamples: number): Evaluation {
  const losses = Object.fromEntries(collectors.map((collector) => [collector.name, collector.meanLoss]));
  return {
    numSamples,
    loss: totalLoss(collectors),
    losses,
    heads: Object.fromEntries(
      collectors.map((collector) => {
        const table = collector.table();
        const metrics = Object.fromEntries(
          collector.built.metrics.map((name) => [name, metricOf(registry, name).compute(table)] as const),
        );
        return [collector.name, { metrics, table, ids: collector.ids }];
      }),
    ),
  };
}

/** Weighted sum over the heads that have labels here; NaN when none has. */
function totalLoss(collectors: readonly HeadCollector[]): number {
  const labelled = collectors.filter(({ ids }) => ids.length > 0);
  if (labelled.length === 0) return NaN;
  return labelled.reduce((total, { built, meanLoss }) => total + built.weight * meanLoss, 0);
}

/** A registered metric by name. */
export const metricOf = (
  registry: Registry,
  name: string,
): { compute(table: EvaluationTable): number; greaterIsBetter: boolean } =>
  registry.get('metric', name).create({}, {} as never, { path: `metric ${name}` } as never) as {
    compute(table: EvaluationTable): number;
    greaterIsBetter: boolean;
  };

/** Gathers one head's logits and targets over batches. */
class HeadCollector {
  readonly ids: string[] = [];
  private readonly logits: Float32Array[] = [];
  private readonly targets: unknown[] = [];
  private lossSum = 0;

  constructor(
    readonly name: string,
    readonly built: BuiltHead,
  ) {}

  add(samples: readonly PreparedSample[], logits: Float32Array, loss: number): void {
    const width = this.built.head.numOutputs;
    let labelled = 0;
    samples.forEach((sample, i) => {
      const target = sampleTarget(this.built.head, this.name, sample);
      if (target === undefined) return;
      labelled += 1;
      this.ids.push(sample.id);
      this.targets.push(target);
      this.logits.push(logits.slice(i * width, (i + 1) * width));
    });
    if (labelled) this.lossSum += loss * labelled;
  }

  get meanLoss(): number {
    return this.targets.length ? this.lossSum / this.targets.length : NaN;
  }

  table(): EvaluationTable {
    const { head } = this.built;
    const { numOutputs: width, targetKind, labels } = head;
    const numSamples = this.targets.length;
    const logits = concat(this.logits, width);
    const scores = concat(
      this.logits.map((row) => head.scores(row)),
      width,
    );
    const targets = this.targets.flatMap((target) => [...head.encodeTarget(target)]);
    const predictions = this.logits.flatMap((row) => [...head.encodePrediction(row)]);
    const toArray = (values: number[]): EvaluationTable['targets'] => {
      if (targetKind === 'class-index') return Int32Array.from(values);
      return targetKind === 'pair' ? Float64Array.from(values) : Float32Array.from(values);
    };
    return {
      targetKind,
      labels,
      numSamples,
      logits,
      scores,
      targets: toArray(targets),
      predictions: toArray(predictions),
    };
  }
}

function concat(rows: readonly Float32Array[], width: number): Float32Array {
  const all = new Float32Array(rows.length * width);
  rows.forEach((row, i) => all.set(row, i * width));
  return all;
}
