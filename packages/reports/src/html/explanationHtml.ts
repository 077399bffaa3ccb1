import { formatValue, type Attribution } from '../explanation/attribution.js';
import { describeToken } from '../explanation/describeToken.js';
import type { HeadContributions } from '../explanation/modalityContributions.js';
import type { Outcome } from '../evaluation/outcome.js';
import { attributionFigure } from '../figure/attributionFigure.js';
import { drawContributions } from './contributionSection.js';
import { drawOutcome } from './exampleCard.js';
import { drawInputs, type InputView } from './inputView.js';
import { html, type Markup } from './markup.js';
import { facts, folded, page, table, type Section } from './page.js';

/** One explained sample. */
export interface ExplanationContent {
  /** Name of the model. */
  readonly model: string;
  readonly id: string;
  readonly inputs: readonly InputView[];
  /** What each head said. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** By head, what each modality adds; left out: no section of it. */
  readonly contributions?: Readonly<Record<string, HeadContributions>>;
  /** What each token got, by one method or several: a figure and a table for each. */
  readonly attributions?: readonly Attribution[];
  readonly facts: readonly (readonly [string, string])[];
}

/** A page for one sample: its inputs, every head's outcome, what each modality and each token did for it. */
export function explanationHtml(content: ExplanationContent): string {
  const { model, id, inputs, outcomes, contributions = {}, attributions = [] } = content;
  const lead = html`<div class="cards" style="--picture:min(200px, 100%);grid-template-columns:1fr">
    <div class="card">${drawInputs(inputs, [], id)}</div>
  </div>`;
  return page(`${model}: ${id}`, lead, [
    ...Object.entries(outcomes).map(([head, outcome]) => ({ title: `Head ${head}`, body: drawOutcome(outcome) })),
    ...attributions.map((each, i) => attributionSection(each, inputs, i)),
    ...Object.entries(contributions).map(([head, each]) => ({
      title: `Contribution of each modality, head ${head}`,
      body: drawContributions(each),
    })),
    { title: 'Setting', body: facts(content.facts) },
  ]);
}

const attributionSection = (attribution: Attribution, inputs: readonly InputView[], index: number): Section => ({
  title: attribution.title,
  body: html`<figure class="attribution">
      <div class="wide">${attributionFigure(attribution, inputs, { id: `attribution-${index}` })}</div>
      <figcaption class="note">${attribution.note}</figcaption>
    </figure>
    ${folded('figures by token', tokenTable(attribution))}`,
});

const tokenTable = ({ modalities, rest, scale, quantity }: Attribution): Markup =>
  table(
    ['modality', 'token', quantity],
    [
      ...modalities.flatMap(({ modality, tokens }) =>
        tokens.map(({ description, value }) => [modality, describeToken(description), formatValue(value, scale)]),
      ),
      ...Object.entries(rest).map(([name, value]) => ['–', name, formatValue(value, scale)]),
    ],
  );
