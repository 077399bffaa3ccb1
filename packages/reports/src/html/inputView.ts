// One input of a sample as people look at it, with attention drawn over it.
import type { Model, Preview, Sample } from '@tessera/core';
import type { ModalityAttention } from '../explanation/attentionPass.js';
import { areaOf, describeToken } from '../explanation/describeToken.js';
import { formatShare } from '../format.js';
import { html, type Markup } from './markup.js';

/** One input of a sample; without a preview where the sample lacks it. */
export interface InputView {
  readonly modality: string;
  readonly preview?: Preview;
}

/** Regions up to which shares are written on a picture. */
const figuresUpTo = 16;
const heat = '200 0 120';

/** The inputs of a sample, by a model's encoders. Throws DataError when one cannot be read. */
export async function inputViews(model: Pick<Model, 'encoders'>, sample: Pick<Sample, 'inputs'>): Promise<InputView[]> {
  return Promise.all(
    [...model.encoders].map(async ([modality, encoder]) => {
      const raw = sample.inputs[modality];
      if (raw === undefined || raw === null) return { modality };
      const text = typeof raw === 'string' ? raw : JSON.stringify(raw);
      return { modality, preview: encoder.preview ? await encoder.preview(raw) : { kind: 'text' as const, text } };
    }),
  );
}

/** Draws a sample's inputs with the attention that their tokens got. */
export function drawInputs(
  inputs: readonly InputView[],
  attention: readonly ModalityAttention[] = [],
  id = 'sample',
): Markup {
  const draw = ({ modality, preview }: InputView): Markup => {
    if (!preview) return html`<div class="input"><p class="note">${modality}: not given</p></div>`;
    const own = attention.find((entry) => entry.modality === modality);
    return html`<div class="input">
      ${preview.kind === 'image' ? drawPicture(preview, `${modality} of ${id}`, own) : drawText(preview.text, own)}
      <p class="note">${modality}${own ? `: ${formatShare(own.total)} of the attention` : ''}</p>
    </div>`;
  };
  return html`<div class="inputs">${inputs.map(draw)}</div>`;
}

function drawPicture(
  { mime, bytes }: Extract<Preview, { kind: 'image' }>,
  label: string,
  attention: ModalityAttention | undefined,
): Markup {
  const source = `data:${mime};base64,${Buffer.from(bytes).toString('base64')}`;
  return html`<div class="picture">
    <img src="${source}" alt="${label}" />${attention?.tokens.length ? drawRegions(attention) : ''}
  </div>`;
}

function drawRegions(modality: ModalityAttention): Markup {
  const strength = strengthIn(modality, 0.6);
  const cells = modality.tokens.flatMap(({ description, attention }) => {
    const area = areaOf(description);
    if (!area) return [];
    const { left, top, width, height } = area;
    const place = `left:${100 * left}%;top:${100 * top}%;width:${100 * width}%;height:${100 * height}%`;
    const share = formatShare(attention);
    return [
      html`<i style="${place};background:rgb(${heat} / ${strength(attention)})" title="${share}"
        >${modality.tokens.length <= figuresUpTo ? html`<b>${share}</b>` : ''}</i
      >`,
    ];
  });
  return html`<div class="overlay">${cells}</div>`;
}

/** The text as its tokens with their attention, and as it was written where the tokens do not show that. */
function drawText(text: string, attention: ModalityAttention | undefined): Markup {
  const written = html`<p class="words">${text.trim() ? text : '(empty)'}</p>`;
  if (!attention?.tokens.length) return written;
  const strength = strengthIn(attention, 0.65);
  const words = attention.tokens.map(({ description }) => describeToken(description));
  const tokens = attention.tokens.map(
    ({ attention: share }, i) =>
      html`<span style="background:rgb(${heat} / ${strength(share)})" title="${formatShare(share)}"
        >${words[i] ?? ''}</span
      > `,
  );
  const showsText = words.join(' ') === text.trim().toLowerCase();
  return html`${showsText ? '' : written}
    <p class="words tokens">${tokens}</p>`;
}

/**
 * How strongly a token is coloured, up to `most`: by its share relative to the strongest token of its modality, so that
 * a picture of many regions shows beside a single word, and by the root of the modality's share, so that it fades where
 * the modality got next to nothing.
 */
function strengthIn({ tokens, total }: ModalityAttention, most: number): (attention: number) => string {
  const strongest = Math.max(1e-9, ...tokens.map(({ attention }) => attention));
  return (attention) => {
    const alpha = (most * attention * Math.sqrt(Math.max(0, total))) / strongest;
    return Number.isFinite(alpha) ? alpha.toFixed(2) : '0';
  };
}
