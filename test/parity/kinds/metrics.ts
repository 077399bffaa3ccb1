// The kind `metrics`: registered metrics and the functions behind them against scikit-learn. n samples, C outputs.
import type { AnyDefinition, EvaluationTable, Metric, TargetKind } from '@tessera/core';
import {
  averagePrecision,
  averagePrecisionScore,
  confusionMatrix,
  f1Score,
  hammingLoss,
  objectivesPlugin,
  outcomeCounts,
  perClassF1,
  rocAuc,
  rocAucScore,
  samplesF1,
  type PredictionTable,
} from '@tessera/objectives';
import type { Check } from '../records.js';
import { commonKeys, requireKind, requireKnownKeys, summarize, type Summary } from '../understood.js';

type Figures = Readonly<Record<string, unknown>>;

/** A figure of the fixture; null where scikit-learn declares it undefined. */
type Wanted = number | null | readonly Wanted[];

/** A figure of ours; NaN where undefined. */
type Got = number | readonly Got[];

interface Multiclass extends Figures {
  readonly n_classes: number;
  readonly true: readonly number[];
  readonly pred: readonly number[];
  readonly classes_that_occur: readonly number[];
}

interface Multilabel extends Figures {
  readonly true: readonly (readonly number[])[];
  readonly scores: readonly (readonly number[])[];
  readonly threshold: number;
  readonly pred_is: string;
}

interface Binary extends Figures {
  readonly true: readonly number[];
  readonly scores: readonly number[];
}

interface MetricsFixture {
  readonly tolerance: number;
  readonly multiclass?: Readonly<Record<string, Multiclass>>;
  readonly multilabel?: Readonly<Record<string, Multilabel>>;
  readonly binary?: Readonly<Record<string, Binary>>;
}

/** Compares every figure of every case. */
export async function metricsChecks(given: unknown): Promise<Check[]> {
  requireKind(given, 'metrics');
  const fixture = given as MetricsFixture;
  requireKnownKeys(fixture, [...commonKeys, 'multiclass', 'multilabel', 'binary'], 'metrics');
  const checks: Check[] = [];
  const compareAll = (
    where: string,
    want: Figures,
    got: Readonly<Record<string, Got>>,
    inputs: readonly string[],
  ): void => {
    requireKnownKeys(want, [...inputs, ...Object.keys(got)], where);
    for (const [name, value] of Object.entries(got)) {
      if (!(name in want)) continue;
      checks.push({
        what: `${where} ${name}`,
        error: difference(value, want[name] as Wanted),
        tolerance: fixture.tolerance,
      });
    }
  };
  const nested = (where: string, want: unknown, got: Readonly<Record<string, Got>>): void => {
    if (want !== undefined) compareAll(where, want as Figures, got, []);
  };
  for (const [name, want] of Object.entries(fixture.multiclass ?? {})) {
    const table = multiclassTable(want);
    const where = `multiclass ${name}`;
    compareAll(where, want, multiclassFigures(table), [
      'n_classes',
      'true',
      'pred',
      'f1_over_classes_that_occur',
      'f1_over_all_classes',
    ]);
    nested(`${where} F1`, want['f1_over_classes_that_occur'], f1Figures(table, 'occurring'));
    nested(`${where} F1 over all classes`, want['f1_over_all_classes'], f1Figures(table, 'all'));
  }
  for (const [name, want] of Object.entries(fixture.multilabel ?? {})) {
    const where = `multilabel ${name}`;
    const table = multilabelTable(want, where);
    const inputs = ['true', 'scores', 'threshold', 'pred_is', 'f1', 'average_precision', 'roc_auc'];
    compareAll(where, want, multilabelFigures(table), inputs);
    nested(`${where} F1`, want['f1'], f1Figures(table, 'all'));
    nested(
      `${where} average precision`,
      want['average_precision'],
      rankingFigures(want, averagePrecision, averagePrecisionScore),
    );
    nested(`${where} ROC AUC`, want['roc_auc'], rankingFigures(want, rocAuc, rocAucScore));
  }
  for (const [name, want] of Object.entries(fixture.binary ?? {})) {
    compareAll(`binary ${name}`, want, binaryFigures(want), ['true', 'scores']);
  }
  return checks;
}

/** The worst error of a `metrics` file. */
export const checkMetrics = async (fixture: unknown): Promise<Summary> =>
  summarize('metrics', await metricsChecks(fixture));

/** Largest absolute difference; 0 for two undefined figures, Infinity for one or for another number of figures. */
function difference(got: Got, want: Wanted): number {
  if (typeof got !== 'number') {
    if (!Array.isArray(want) || got.length !== want.length) return Infinity;
    return got.reduce<number>((worst, value, i) => Math.max(worst, difference(value, want[i] as Wanted)), 0);
  }
  if (want === null || Number.isNaN(got)) return want === null && Number.isNaN(got) ? 0 : Infinity;
  return typeof want === 'number' ? Math.abs(got - want) : Infinity;
}

/** A figure of a registered metric. */
function registered(name: string, table: EvaluationTable): number {
  const components: readonly AnyDefinition[] = objectivesPlugin.components;
  const definition = components.find((component) => component.kind === 'metric' && component.name === name);
  if (!definition) throw new Error(`metrics: no metric "${name}" is registered.`);
  const metric = definition.create({}, {} as never, { path: name } as never) as Metric;
  return metric.compute(table);
}

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `class ${i}`);
const table = (
  targetKind: TargetKind,
  width: number,
  numSamples: number,
): Pick<EvaluationTable, 'targetKind' | 'labels' | 'numSamples' | 'logits'> => ({
  targetKind,
  labels: names(width),
  numSamples,
  logits: new Float32Array(numSamples * width),
});

const multiclassTable = ({ n_classes: width, true: targets, pred }: Multiclass): EvaluationTable => ({
  ...table('class-index', width, targets.length),
  scores: new Float32Array(targets.length * width),
  targets: Int32Array.from(targets),
  predictions: Int32Array.from(pred),
});

function multilabelTable(
  { true: targets, scores, threshold, pred_is: rule }: Multilabel,
  where: string,
): EvaluationTable {
  if (rule !== 'score > threshold') throw new Error(`${where}: not understood: pred_is "${rule}".`);
  return {
    ...table('multi-hot', targets[0]?.length ?? 0, targets.length),
    scores: Float32Array.from(scores.flat()),
    targets: Float32Array.from(targets.flat()),
    predictions: Float32Array.from(scores.flat(), (score) => Number(score > threshold)),
  };
}

const occurring = (predictions: PredictionTable): number[] =>
  outcomeCounts(predictions).flatMap((counts, output) =>
    counts.truePositives + counts.falsePositives + counts.falseNegatives > 0 ? [output] : [],
  );

const multiclassFigures = (predictions: EvaluationTable): Record<string, Got> => ({
  accuracy: registered('accuracy', predictions),
  classes_that_occur: occurring(predictions),
  confusion: confusionMatrix(predictions.targets, predictions.predictions, predictions.labels.length),
});

const multilabelFigures = (predictions: EvaluationTable): Record<string, Got> => ({
  subset_accuracy: registered('accuracy', predictions),
  hamming_loss: hammingLoss(predictions),
  f1_samples: samplesF1(predictions),
});

function f1Figures(predictions: EvaluationTable, classes: 'occurring' | 'all'): Record<string, Got> {
  const perClass = perClassF1(predictions);
  const macro = registered(classes === 'all' ? 'macro-f1-all-classes' : 'macro-f1', predictions);
  return {
    micro: registered('micro-f1', predictions),
    macro: predictions.targetKind === 'multi-hot' ? f1Score(predictions, { average: 'macro' }) : macro,
    weighted: registered('weighted-f1', predictions),
    per_class: classes === 'all' ? perClass : occurring(predictions).map((output) => perClass[output] ?? NaN),
  };
}

/** Figures from the scores in float64: those of a table are float32, in which distinct scores may fall together. */
function rankingFigures(
  { true: targets, scores }: Multilabel,
  figure: typeof averagePrecision,
  score: typeof averagePrecisionScore,
): Record<string, Got> {
  const width = targets[0]?.length ?? 0;
  const all = { ...table('multi-hot', width, targets.length), targets: targets.flat(), scores: scores.flat() };
  const column = (rows: readonly (readonly number[])[], output: number): number[] =>
    rows.map((row) => row[output] ?? NaN);
  return {
    per_class: names(width).map((_, output) => figure(column(targets, output), column(scores, output))),
    macro: score(all, { average: 'macro' }),
    micro: score(all, { average: 'micro' }),
  };
}

function binaryFigures({ true: targets, scores }: Binary): Record<string, Got> {
  const all = { ...table('multi-hot', 1, targets.length), targets, scores };
  return { roc_auc: rocAucScore(all), average_precision: averagePrecisionScore(all) };
}
