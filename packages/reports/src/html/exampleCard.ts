import type { Preview, TokenDescription } from '@tessera/core';
import type { ModalityAttention } from '../explanation/clsAttention.js';
import { html, type Markup } from './markup.js';

/** One sample with what a model said of it. */
export interface ExampleView {
  readonly id: string;
  readonly truth: string;
  readonly predicted: string;
  readonly correct: boolean;
  /** The most likely outputs, most likely first. */
  readonly probabilities: readonly { readonly label: string; readonly probability: number }[];
  /** What went in, by modality. */
  readonly inputs: readonly { readonly modality: string; readonly preview: Preview }[];
  readonly attention?: readonly ModalityAttention[];
}

/** A card: picture and text with attention drawn over them, truth, prediction and probabilities. */
export function exampleCard(example: ExampleView): Markup {
  const strongest = Math.max(
    1e-6,
    ...(example.attention ?? []).flatMap(({ tokens }) => tokens.map(({ attention }) => attention)),
  );
  const inputs = example.inputs.map(({ modality, preview }) => {
    const attention = example.attention?.find((entry) => entry.modality === modality);
    return html`<div class="input">
      ${drawInput(preview, attention, strongest)}
      <span class="note">${modality}${attention ? ` · ${percent(attention.total)} of attention` : ''}</span>
    </div>`;
  });
  return html`<article class="card ${example.correct ? 'right' : 'wrong'}">
    <div class="inputs">${inputs}</div>
    <p>
      <strong>${example.predicted}</strong>
      ${example.correct ? html`<span class="good">right</span>` : html`<span class="bad">true: ${example.truth}</span>`}
    </p>
    ${example.probabilities.map(
      ({ label, probability }) =>
        html`<div class="bar">
          <span>${label}</span><i style="width:${(100 * probability).toFixed(1)}%"></i><b>${percent(probability)}</b>
        </div>`,
    )}
    <span class="note">${example.id}</span>
  </article>`;
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

function drawInput(preview: Preview, attention: ModalityAttention | undefined, strongest: number): Markup {
  if (preview.kind === 'image') {
    const source = `data:${preview.mime};base64,${Buffer.from(preview.bytes).toString('base64')}`;
    return html`<div class="picture">
      <img src="${source}" alt="" />${attention ? gridOverlay(attention, strongest) : ''}
    </div>`;
  }
  if (!attention?.tokens.length) return html`<p class="words">${preview.text || '(empty)'}</p>`;
  return html`<p class="words">
    ${attention.tokens.map(
      ({ description, attention: share }) =>
        html`<span
          style="background:rgb(214 110 30 / ${((0.85 * share) / strongest).toFixed(2)})"
          title="${percent(share)}"
          >${describe(description)}</span
        > `,
    )}
  </p>`;
}

function gridOverlay({ tokens }: ModalityAttention, strongest: number): Markup {
  const cells = tokens.flatMap(({ description, attention }) => {
    if (description.kind !== 'region') return [];
    const { row, column, rows, columns } = description;
    const place = `left:${(100 * column) / columns}%;top:${(100 * row) / rows}%;width:${100 / columns}%;height:${100 / rows}%`;
    return [
      html`<i
        style="${place};background:rgb(214 110 30 / ${((0.6 * attention) / strongest).toFixed(2)})"
        title="${percent(attention)}"
      ></i>`,
    ];
  });
  return html`<div class="overlay">${cells}</div>`;
}

const describe = (description: TokenDescription): string => {
  switch (description.kind) {
    case 'text':
      return description.text;
    case 'region':
      return `${description.row},${description.column}`;
    case 'interval':
      return `${description.from}–${description.to} ${description.unit}`;
    case 'other':
      return description.label;
  }
};
