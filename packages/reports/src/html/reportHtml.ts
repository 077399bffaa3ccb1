import type { EvaluationTable } from '@tessera/core';
import { confusionChart } from './confusionChart.js';
import { learningCurves, type RunHistory } from './curves.js';
import { exampleCard, type ExampleView } from './exampleCard.js';
import { html, type Markup } from './markup.js';
import { facts, page, table, type Section } from './page.js';

/** A model's line in the comparison. */
export interface ReportRow {
  readonly cells: readonly string[];
  readonly best: boolean;
}

/** What a report shows. Parts that are absent are left out. */
export interface ReportContent {
  readonly title: string;
  /** One or two sentences that say what was found. */
  readonly finding: string;
  readonly comparison?: {
    readonly head: readonly string[];
    readonly rows: readonly ReportRow[];
    readonly note?: string;
  };
  readonly histories: readonly RunHistory[];
  /** Evaluations to show in detail. */
  readonly evaluations: readonly { readonly title: string; readonly table: EvaluationTable }[];
  readonly examples?: { readonly title: string; readonly note: string; readonly views: readonly ExampleView[] };
  readonly facts: readonly (readonly [string, string])[];
  /** Specs as YAML by name. */
  readonly specs: readonly { readonly name: string; readonly yaml: string }[];
}

/** Builds a report: one HTML text that needs nothing else. */
export async function reportHtml(content: ReportContent): Promise<string> {
  const sections: Section[] = [];
  const { comparison, examples } = content;
  if (comparison) {
    const best = comparison.rows.findIndex((row) => row.best);
    const body = table(
      comparison.head,
      comparison.rows.map(({ cells }) => cells),
      best,
    );
    sections.push({
      title: 'Comparison',
      body: comparison.note
        ? html`${body}
            <p class="note">${comparison.note}</p>`
        : body,
    });
  }
  const curves = await learningCurves(content.histories);
  if (curves.length) sections.push({ title: 'Learning curves', body: html`<div class="charts">${curves}</div>` });
  for (const { title, table: evaluation } of content.evaluations) {
    sections.push({ title, body: await evaluationBody(evaluation) });
  }
  if (examples) {
    sections.push({
      title: examples.title,
      body: html`<p class="note">${examples.note}</p>
        <div class="cards">${examples.views.map(exampleCard)}</div>`,
    });
  }
  sections.push({ title: 'Setting', body: facts(content.facts) });
  for (const { name, yaml } of content.specs) {
    sections.push({
      title: `Spec: ${name}`,
      body: html`<details>
        <summary>show</summary>
        <pre>${yaml}</pre>
      </details>`,
    });
  }
  return page(content.title, html`<p>${content.finding}</p>`, sections);
}

async function evaluationBody(evaluation: EvaluationTable): Promise<Markup> {
  const classes = perClass(evaluation);
  const figures = classes.length ? table(['class', 'precision', 'recall', 'F1', 'samples'], classes) : html``;
  if (evaluation.targetKind !== 'class-index') return figures;
  return html`<div class="charts">
    ${await confusionChart(evaluation)}
    <div>${figures}</div>
  </div>`;
}

/** Precision, recall and F1 of each class, as text. */
function perClass({ labels, targetKind, targets, predictions, numSamples }: EvaluationTable): string[][] {
  if (targetKind === 'real') return [];
  const width = labels.length;
  const has = (values: ArrayLike<number>, sample: number, label: number): boolean =>
    targetKind === 'class-index' ? values[sample] === label : (values[sample * width + label] ?? 0) > 0.5;
  return labels.map((label, c) => {
    let both = 0;
    let truly = 0;
    let predicted = 0;
    for (let i = 0; i < numSamples; i++) {
      const isTrue = has(targets, i, c);
      const isPredicted = has(predictions, i, c);
      truly += Number(isTrue);
      predicted += Number(isPredicted);
      both += Number(isTrue && isPredicted);
    }
    const percent = (part: number, whole: number): string => (whole ? ((100 * part) / whole).toFixed(1) : '–');
    return [label, percent(both, predicted), percent(both, truly), percent(2 * both, truly + predicted), String(truly)];
  });
}
