import type { EvaluationTable } from '@tessera/core';
import type { ComparisonTable } from '../comparison/comparisonTable.js';
import { formatFigure } from '../format.js';
import { curveLegend, learningCurves, type RunHistory } from './curves.js';
import { evaluationSection } from './evaluationSection.js';
import { attentionNote, attentionSwitch, exampleCard, type ExampleView } from './exampleCard.js';
import { html, type Markup } from './markup.js';
import { facts, folded, page, table, type Section } from './page.js';

/** A table of a report. */
export interface ReportTable extends ComparisonTable {
  readonly title: string;
  readonly note?: string;
  /** What is behind it, shown on demand. */
  readonly details?: ComparisonTable & { readonly summary: string };
}

/** What a report shows. Parts that are absent are left out. */
export interface ReportContent {
  readonly title: string;
  /** One or two sentences that say what was found. */
  readonly finding: string;
  readonly tables?: readonly ReportTable[];
  readonly histories: readonly RunHistory[];
  /** What is marked in the curves. */
  readonly historyNote?: string;
  /** Evaluations to show in detail. */
  readonly evaluations: readonly { readonly title: string; readonly table: EvaluationTable }[];
  readonly examples?: { readonly title: string; readonly note: string; readonly views: readonly ExampleView[] };
  readonly facts: readonly (readonly [string, string])[];
  /** Specs as YAML by name. */
  readonly specs: readonly { readonly name: string; readonly yaml: string }[];
}

/** Builds a report: one HTML text that needs nothing else. */
export async function reportHtml(content: ReportContent): Promise<string> {
  const sections: Section[] = (content.tables ?? []).map(tableSection);
  if (content.histories.some(({ history }) => history.length > 0)) {
    sections.push({ title: 'Learning curves', body: await curvesBody(content) });
  }
  for (const { title, table: evaluation } of content.evaluations) {
    sections.push({ title, body: await evaluationSection(evaluation) });
  }
  if (content.examples?.views.length) sections.push(exampleSection(content.examples));
  sections.push({ title: 'Setting', body: facts(content.facts) });
  if (content.specs.length > 0) {
    const specs = content.specs.map(({ name, yaml }) => folded(name, html`<pre>${yaml}</pre>`));
    sections.push({ title: specs.length === 1 ? 'Spec' : 'Specs', body: html`${specs}` });
  }
  return page(content.title, html`<p>${content.finding}</p>`, sections);
}

function tableSection({ title, head, rows, best, note, details }: ReportTable): Section {
  const body = html`${table(head, rows, best)} ${note === undefined ? '' : html`<p class="note">${note}</p>`}
  ${details ? folded(details.summary, table(details.head, details.rows, details.best)) : ''}`;
  return { title, body };
}

async function curvesBody({ histories, historyNote }: ReportContent): Promise<Markup> {
  const curves = await learningCurves(histories);
  const figures = curves.map(
    ({ title, chart }) =>
      html`<figure>
        <figcaption>${title}</figcaption>
        ${chart}
      </figure>`,
  );
  const notes = [
    ...(hasSeveralSeeds(histories) ? ['Thin: one seed; thick: mean over the seeds.'] : []),
    ...(historyNote === undefined ? [] : [historyNote]),
  ];
  return html`${curveLegend(histories)}
    <div class="charts">${figures}</div>
    ${notes.length ? html`<p class="note">${notes.join(' ')}</p>` : ''}
    ${folded('figures by epoch', epochTable(histories))}`;
}

const hasSeveralSeeds = (histories: readonly RunHistory[]): boolean =>
  new Set(histories.map(({ model }) => model)).size < histories.length;

/** The figures that the curves show. */
function epochTable(histories: readonly RunHistory[]): Markup {
  const names = [
    ...new Set(histories.flatMap(({ history }) => history.flatMap(({ validation }) => Object.keys(validation ?? {})))),
  ];
  return table(
    ['model', 'seed', 'epoch', 'training loss', ...names.map((name) => `validation ${name}`)],
    histories.flatMap(({ model, seed, history }) =>
      history.map(({ epoch, trainLoss, validation }) => [
        model,
        String(seed),
        String(epoch),
        formatFigure(trainLoss),
        ...names.map((name) => formatFigure(validation?.[name])),
      ]),
    ),
  );
}

function exampleSection({ title, note, views }: NonNullable<ReportContent['examples']>): Section {
  const hasAttention = views.some(({ attention }) => attention);
  return {
    title,
    body: html`<p class="note">${note}${hasAttention ? ` ${attentionNote()}` : ''}</p>
      ${attentionSwitch(views)}
      <div class="cards">${views.map(exampleCard)}</div>`,
  };
}
