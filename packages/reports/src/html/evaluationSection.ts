import type { EvaluationTable } from '@tessera/core';
import { classFigures, topConfusions } from '../evaluation/classFigures.js';
import { valueFigures } from '../evaluation/valueFigures.js';
import { formatCount, formatFigure, formatNumberOf, formatPoints } from '../format.js';
import { confusionChart, countsUpTo } from './confusionChart.js';
import { html, type Markup } from './markup.js';
import { table } from './page.js';
import { valueChart } from './valueChart.js';

/** Classes and values up to which charts are drawn; beyond, tables alone. */
const maxClasses = 60;
const maxValueCharts = 6;

/** One head's evaluation in detail: confusion matrix and figures by class, or errors of real values. */
export async function evaluationSection(evaluation: EvaluationTable): Promise<Markup> {
  if (evaluation.numSamples === 0) return html`<p>No sample has a label.</p>`;
  switch (evaluation.targetKind) {
    case 'class-index':
      return singleLabelSection(evaluation);
    case 'multi-hot':
      return html`${classTable(evaluation)}
        <p class="note">
          Per cent, of ${formatNumberOf(evaluation.numSamples, 'sample')}; a sample may be of several classes or of
          none.
        </p>`;
    case 'pair':
      return html`<p class="note">
        ${formatNumberOf(evaluation.numSamples, 'pair')}; chance finds ${formatPoints(1 / distinct(evaluation.targets))}
        % of them first.
      </p>`;
    case 'real':
      return valueSection(evaluation);
  }
}

const distinct = (values: ArrayLike<number>): number => new Set(Array.from(values)).size;

async function singleLabelSection(evaluation: EvaluationTable): Promise<Markup> {
  return html`${await confusionMatrix(evaluation)}
    <div class="side">
      <div>
        <h3>By class</h3>
        ${classTable(evaluation)}
        <p class="note">Per cent, of ${formatNumberOf(evaluation.numSamples, 'sample')}.</p>
      </div>
      ${confusionTable(evaluation)}
    </div>`;
}

async function confusionMatrix(evaluation: EvaluationTable): Promise<Markup> {
  const { length } = evaluation.labels;
  if (length > maxClasses) return html`<p class="note">${length} classes are too many for a confusion matrix.</p>`;
  const numbers = length <= countsUpTo ? 'Numbers count samples; the' : 'The';
  return html`<div class="wide" tabindex="0" role="region" aria-label="confusion matrix">
      ${await confusionChart(evaluation)}
    </div>
    <p class="note">
      Each row is a true class, each column what it was predicted as. ${numbers} stronger the blue, the larger the share
      of the row.
    </p>`;
}

const classTable = (evaluation: EvaluationTable): Markup =>
  table(
    ['class', 'precision', 'recall', 'F1', 'samples', 'predicted'],
    classFigures(evaluation).map(({ label, precision, recall, f1, samples, predicted }) => [
      label,
      formatPoints(precision),
      formatPoints(recall),
      formatPoints(f1),
      formatCount(samples),
      formatCount(predicted),
    ]),
  );

function confusionTable(evaluation: EvaluationTable): Markup {
  const confusions = topConfusions(evaluation, Math.min(10, evaluation.labels.length));
  if (confusions.length === 0) return html`<p>Every sample was predicted right.</p>`;
  return html`<div>
    <h3>Most frequent confusions</h3>
    ${table(
      ['true class', 'taken for', 'samples', '% of the class'],
      confusions.map(({ truth, predicted, count, share }) => [
        truth,
        predicted,
        formatCount(count),
        formatPoints(share),
      ]),
    )}
  </div>`;
}

async function valueSection(evaluation: EvaluationTable): Promise<Markup> {
  const figures = table(
    ['value', 'mean absolute error', 'root mean squared error', 'R²'],
    valueFigures(evaluation).map(({ label, meanAbsoluteError, rootMeanSquaredError, r2 }) => [
      label,
      formatFigure(meanAbsoluteError),
      formatFigure(rootMeanSquaredError),
      formatFigure(r2),
    ]),
  );
  const charts = await Promise.all(
    evaluation.labels.slice(0, maxValueCharts).map(
      async (label, output) =>
        html`<figure>
          <figcaption>${label}</figcaption>
          ${await valueChart(evaluation, output)}
        </figure>`,
    ),
  );
  return html`${figures}
    <p class="note">Of ${formatNumberOf(evaluation.numSamples, 'sample')}. Dashed: predicted equals true.</p>
    <div class="charts">${charts}</div>`;
}
