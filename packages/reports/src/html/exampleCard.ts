import type { Outcome } from '../evaluation/outcome.js';
import type { ModalityAttention } from '../explanation/attentionPass.js';
import { formatShare } from '../format.js';
import { drawInputs, type InputView } from './inputView.js';
import { html, type Markup } from './markup.js';

/** One sample with what a model said of it. */
export interface ExampleView {
  readonly id: string;
  readonly inputs: readonly InputView[];
  readonly outcome: Outcome;
  readonly attention?: readonly ModalityAttention[];
}

/** A card: picture and text with attention drawn over them, prediction, truth and probabilities. */
export const exampleCard = ({ id, inputs, outcome, attention }: ExampleView): Markup =>
  html`<article class="card">
    ${drawInputs(inputs, attention, id)} ${drawOutcome(outcome)}
    <p class="note">${id}</p>
  </article>`;

/** Prediction, truth and probabilities. */
export function drawOutcome({ predicted, truth, correct, probabilities }: Outcome): Markup {
  const verdict = (): Markup | string => {
    if (correct === true) return html`<span class="good">✓ right</span>`;
    if (truth === undefined) return '';
    return html`<span class="${correct === false ? 'bad' : ''}">${correct === false ? '✗ ' : ''}true: ${truth}</span>`;
  };
  const bars = probabilities.map(
    ({ label, probability, isTrue }) =>
      html`<li>
        <i style="width:${(100 * (Number.isFinite(probability) ? probability : 0)).toFixed(1)}%"></i>
        <span>${label}${isTrue ? html` <small>true</small>` : ''}</span><b>${formatShare(probability)}</b>
      </li>`,
  );
  return html`<p class="verdict"><strong>${predicted}</strong> ${verdict()}</p>
    ${
      bars.length
        ? html`<ul class="bars">
            ${bars}
          </ul>`
        : ''
    }`;
}

/** A switch for the attention on the pictures, where there are any; stands before the elements it switches. */
export function attentionSwitch(views: readonly Pick<ExampleView, 'inputs' | 'attention'>[]): Markup {
  const hasPicture = views.some(
    ({ inputs, attention }) => attention && inputs.some(({ preview }) => preview?.kind === 'image'),
  );
  if (!hasPicture) return html``;
  return html`<input type="checkbox" id="show-attention" checked />
    <label for="show-attention">attention on the pictures</label>`;
}

/** What the colours of attention mean. */
export const attentionNote = (layers: 'last' | 'all' = 'last'): string =>
  `Magenta: the attention of [CLS] ${layers === 'last' ? 'in the last layer' : 'as the mean over the layers'}, mean over heads; the stronger the colour, the larger the share, relative to the strongest token of the same input; an input that got little in all is fainter. What is missing to 100 % fell on [CLS] and [SEP]. Attention shows what the model read from, not why it decided.`;
