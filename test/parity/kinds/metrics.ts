// The kind `metrics`: registered metrics and the functions behind them. Compared: every figure of every case, those that
// scikit-learn declares undefined too.
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

/** A file of this kind. */
export interface MetricsFixture {
  readonly tolerance: number;
  readonly multiclass?: Readonly<Record<string, Multiclass>>;
  readonly multilabel?: Readonly<Record<string, Multilabel>>;
  readonly binary?: Readonly<Record<string, Binary>>;
}

/** Compares every figure of every case. */
export function metricsChecks(fixture: MetricsFixture): Check[] {
  const { multiclass = {}, multilabel = {}, binary = {}, tolerance } = fixture;
  const comparisons = [
    ...Object.entries(multiclass).flatMap(([name, want]) => multiclassComparisons(`multiclass ${name}`, want)),
    ...Object.entries(multilabel).flatMap(([name, want]) => multilabelComparisons(`multilabel ${name}`, want)),
    ...Object.entries(binary).map(([name, want]) => ({ where: `binary ${name}`, want, got: binaryFigures(want) })),
  ];
  return comparisons.flatMap(({ where, want, got }) =>
    Object.entries(got).flatMap(([name, value]) =>
      want && name in want
        ? [{ what: `${where} ${name}`, error: difference(value, want[name] as Wanted), tolerance }]
        : [],
    ),
  );
}

/** Figures of the file and ours by the same names; the file may lack some. */
interface Comparison {
  readonly where: string;
  readonly want: Figures | undefined;
  readonly got: Readonly<Record<string, Got>>;
}

function multiclassComparisons(where: string, want: Multiclass): Comparison[] {
  const table = multiclassTable(want);
  const figures = (name: string): Figures | undefined => want[name] as Figures | undefined;
  return [
    { where, want, got: multiclassFigures(table) },
    { where: `${where} F1`, want: figures('f1_over_classes_that_occur'), got: f1Figures(table, 'occurring') },
    { where: `${where} F1 over all classes`, want: figures('f1_over_all_classes'), got: f1Figures(table, 'all') },
  ];
}

function multilabelComparisons(where: string, want: Multilabel): Comparison[] {
  const table = multilabelTable(want, where);
  const figures = (name: string): Figures | undefined => want[name] as Figures | undefined;
  const precision = rankingFigures(want, averagePrecision, averagePrecisionScore);
  return [
    { where, want, got: multilabelFigures(table) },
    { where: `${where} F1`, want: figures('f1'), got: f1Figures(table, 'all') },
    { where: `${where} average precision`, want: figures('average_precision'), got: precision },
    { where: `${where} ROC AUC`, want: figures('roc_auc'), got: rankingFigures(want, rocAuc, rocAucScore) },
  ];
}

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
