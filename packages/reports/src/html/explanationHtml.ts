import type { Outcome } from '../evaluation/outcome.js';
import type { ClsAttention } from '../explanation/attentionPass.js';
import type { IntegratedGradients } from '../explanation/integratedGradients.js';
import type { HeadContributions } from '../explanation/modalityContributions.js';
import { formatFigure, formatShare } from '../format.js';
import { drawContributions } from './contributionSection.js';
import { attentionNote, attentionSwitch, drawOutcome } from './exampleCard.js';
import { describeToken, drawInputs, type InputView } from './inputView.js';
import { html, type Markup } from './markup.js';
import { facts, page, table } from './page.js';

/** One explained sample. */
export interface ExplanationContent {
  /** Name of the model. */
  readonly model: string;
  readonly id: string;
  readonly inputs: readonly InputView[];
  /** What each head said. */
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** Left out under a fusion without attention. */
  readonly attention?: ClsAttention;
  readonly layers: 'last' | 'all';
  /** By head, what each modality adds; left out: no section of it. */
  readonly contributions?: Readonly<Record<string, HeadContributions>>;
  /** By head, what each token adds to a logit; left out: no section of it. */
  readonly gradients?: Readonly<Record<string, IntegratedGradients>>;
  readonly facts: readonly (readonly [string, string])[];
}

/** A page for one sample: its inputs with attention over them, every head's outcome, what adds to it, the shares of attention as a table. */
export function explanationHtml(content: ExplanationContent): string {
  const { model, id, inputs, outcomes, attention, layers, contributions = {}, gradients = {} } = content;
  const lead = html`${attention ? html`<p class="note">${attentionNote(layers)}</p>` : ''}
    ${attention ? attentionSwitch([{ inputs, attention: attention.modalities }]) : ''}
    <div class="cards" style="--picture:min(360px, 100%);grid-template-columns:1fr">
      <div class="card">${drawInputs(inputs, attention?.modalities, id)}</div>
    </div>`;
  return page(`${model}: ${id}`, lead, [
    ...Object.entries(outcomes).map(([head, outcome]) => ({ title: `Head ${head}`, body: drawOutcome(outcome) })),
    ...Object.entries(contributions).map(([head, each]) => ({
      title: `Contribution of each modality, head ${head}`,
      body: drawContributions(each),
    })),
    ...Object.entries(gradients).map(([head, each]) => ({
      title: `Integrated gradients by token, head ${head}`,
      body: gradientTable(each),
    })),
    ...(attention ? [{ title: 'Attention by token', body: tokenTable(attention) }] : []),
    { title: 'Setting', body: facts(content.facts) },
  ]);
}

const tokenTable = ({ modalities, special }: ClsAttention): Markup =>
  table(
    ['modality', 'token', 'share'],
    [
      ...modalities.flatMap(({ modality, tokens }) =>
        tokens.map(({ description, attention }) => [modality, describeToken(description), formatShare(attention)]),
      ),
      ['–', '[CLS] and [SEP]', formatShare(special)],
    ],
  );

const gradientTable = ({ label, steps, modalities, baseline, logit, gap }: IntegratedGradients): Markup =>
  html`<p class="note">
      What each token adds to the logit of ${label}, on the way from tokens of zeros (${formatFigure(baseline)}) to the
      sample's (${formatFigure(logit)}) in ${steps} steps. Completeness gap: ${gap.toExponential(1)}.
    </p>
    ${table(
      ['modality', 'token', 'adds'],
      modalities.flatMap(({ modality, tokens }) =>
        tokens.map(({ description, attribution }) => [modality, describeToken(description), formatFigure(attribution)]),
      ),
    )}`;
