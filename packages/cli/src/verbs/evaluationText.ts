// An evaluation as lines of a terminal.
import type { EvaluationTable } from '@tessera/core';
import {
  classFigures,
  confusionCounts,
  formatCount,
  formatFigure,
  formatNumberOf,
  topConfusions,
} from '@tessera/reports';
import { flatFigures, type Evaluation, type SubsetEvaluation } from '@tessera/training';
import { formatPercent } from '../terminal/format.js';
import { renderTable } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { cut, oneLine, textWidth } from '../terminal/width.js';
import { figureTable, type Figures } from './figures.js';

/** The widest confusion matrix that goes into a file or a pipe. */
const widestMatrix = 200;

/** All figures with their standard errors; by class for heads that have classes, and what was taken for what. */
export function evaluationLines(
  split: string,
  { evaluation, spread }: { readonly evaluation: Evaluation; readonly spread: Figures },
  terminal: Terminal,
): string[] {
  const samples = formatNumberOf(evaluation.numSamples, 'sample');
  const lines = figureTable(`${split} (${samples})`, flatFigures(evaluation), terminal.style, spread);
  for (const [head, { table }] of Object.entries(evaluation.heads)) {
    if (classFigures(table).length > 0) lines.push('', ...classLines(head, table, terminal));
    if (table.targetKind === 'class-index') lines.push('', ...confusionLines(head, table, terminal));
  }
  return lines;
}

/** Figures by what the model was shown: each subset of the modalities, on the samples that have all of it. */
export function subsetLines(split: string, subsets: readonly SubsetEvaluation[], { style }: Terminal): string[] {
  const figures = subsets.map(({ evaluation }) => flatFigures(evaluation));
  const names = Object.keys(figures[0] ?? {});
  const columns = [
    { title: `${split}, shown only` },
    ...[...names, 'samples'].map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = subsets.map(({ modalities, evaluation }, i) => [
    modalities.join(' + '),
    ...names.map((name) => formatFigure(figures[i]?.[name] ?? null)),
    formatCount(evaluation.numSamples),
  ]);
  return renderTable(columns, rows, { style });
}

function classLines(head: string, table: EvaluationTable, { style }: Terminal): string[] {
  const columns = [
    { title: head },
    ...['precision', 'recall', 'F1', 'samples'].map((title) => ({ title, align: 'right' as const })),
  ];
  const rows = classFigures(table).map(({ label, precision, recall, f1, samples }) => [
    oneLine(label),
    ...[precision, recall, f1].map(formatFigure),
    formatCount(samples),
  ]);
  return renderTable(columns, rows, { style });
}

/** The confusion matrix where it fits, else the commonest confusions. */
function confusionLines(head: string, table: EvaluationTable, { style, resultColumns }: Terminal): string[] {
  const names = table.labels.map(oneLine);
  const columns = [{ title: '' }, ...names.map((label) => ({ title: cut(label, 8), align: 'right' as const }))];
  const rows = confusionCounts(table).map((row, t) => [names[t] ?? '', ...row.map(formatCount)]);
  const lines = renderTable(columns, rows, { style });
  if (textWidth(lines[0] ?? '') <= Math.min(widestMatrix, resultColumns))
    return [style.bold(`${head}: rows are true classes, columns predicted ones`), ...lines];
  const right = ['samples', 'of the class'].map((title) => ({ title, align: 'right' as const }));
  return renderTable(
    [{ title: `${head}: most confused` }, { title: 'predicted as' }, ...right],
    topConfusions(table).map(({ truth, predicted, count, share }) => [
      ...[truth, predicted].map(oneLine),
      formatCount(count),
      formatPercent(share),
    ]),
    { style },
  );
}
