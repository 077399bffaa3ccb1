// An attribution drawn over a sample's inputs: one SVG picture with its scale, for a page or a paper.
import type { Preview } from '@tessera/core';
import { formatValue, largestValue, type Attribution, type ModalityAttribution } from '../explanation/attribution.js';
import { areaOf, describeToken } from '../explanation/describeToken.js';
import type { InputView } from '../html/inputView.js';
import { html, type Markup } from '../html/markup.js';
import type { Drawing, Scale } from './drawing.js';
import { drawHeatMap } from './heatMap.js';
import { drawScaleBar } from './scaleBar.js';
import { textWidth } from './textWidth.js';
import { drawWords } from './words.js';

const pageWidth = 760;
const margin = 8;
const captionHeight = 24;
const leastForWords = 240;
const font = 'Helvetica, Arial, Liberation Sans, sans-serif';

/** How a figure is drawn. */
export interface FigureOptions {
  /** What the ids in it start with: figures of one page need different ones. Default `attribution`. */
  readonly id?: string;
}

/**
 * Draws what a method gave the tokens of a sample: cells over its pictures (a sound's is its spectrogram), words on
 * colours, under one scale. A token lies in the picture of its encoder's `preview` where its description says so.
 * Text takes the page's colour.
 */
export function attributionFigure(
  attribution: Attribution,
  inputs: readonly InputView[],
  { id = 'attribution' }: FigureOptions = {},
): Markup {
  const { body, width, height } = drawAll(attribution, inputs, id);
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${describe(attribution)}"
    font-family="${font}"
    fill="currentColor"
  >
    ${body}
  </svg>`;
}

/** The figure as an SVG file of its own: dark on white, whatever shows it. */
export function attributionSvg(attribution: Attribution, inputs: readonly InputView[]): string {
  const { body, width, height } = drawAll(attribution, inputs, 'attribution');
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
    font-family="${font}"
    fill="#1a1a1a"
  >
    <title>${attribution.title}</title>
    <desc>${describe(attribution)}</desc>
    <rect width="${width}" height="${height}" fill="#ffffff" />
    ${body}
  </svg>`.text;
}

/** What the picture says, for those who cannot see it. */
const describe = ({ title, modalities, scale }: Attribution): string =>
  `${title}. ${modalities.map(({ modality, total }) => `${modality}: ${formatValue(total, scale)}`).join(', ')}.`;

function drawAll(attribution: Attribution, inputs: readonly InputView[], id: string): Drawing {
  const scale = { kind: attribution.scale, largest: largestValue(attribution) };
  const placed: { readonly drawing: Drawing; readonly x: number; readonly y: number }[] = [];
  let [x, y, rowHeight] = [margin, margin, 0];
  const newRow = (): void => {
    [x, y, rowHeight] = [margin, y + rowHeight + 14, 0];
  };
  attribution.modalities.forEach((modality, i) => {
    const preview = inputs.find((input) => input.modality === modality.modality)?.preview;
    const room = (): number => pageWidth - margin - x;
    const draw = (): Drawing => drawModality(modality, preview, { id: `${id}-${i}`, scale, room: room() });
    if (x > margin && (room() < leastForWords || (preview?.kind === 'image' && draw().width > room() - 1))) newRow();
    const drawing = draw();
    placed.push({ drawing, x, y });
    x += drawing.width + 28;
    rowHeight = Math.max(rowHeight, drawing.height);
  });
  newRow();
  const bar = drawScaleBar(scale, attribution.quantity);
  placed.push({ drawing: bar, x, y: y + 2 });
  return {
    body: html`${placed.map(({ drawing, ...at }) => html`<g transform="translate(${at.x} ${at.y})">${drawing.body}</g>`)}`,
    width: Math.max(...placed.map((one) => Math.ceil(one.x + one.drawing.width))) + margin,
    height: y + bar.height + 2 + margin,
  };
}

interface ModalityOptions {
  readonly id: string;
  readonly scale: Scale;
  readonly room: number;
}

/** A caption, then the picture with its cells and the tokens that lie in none as words. */
function drawModality(
  { modality, tokens, total }: ModalityAttribution,
  preview: Preview | undefined,
  { id, scale, room }: ModalityOptions,
): Drawing {
  const caption = `${modality}: ${preview || total !== 0 ? formatValue(total, scale.kind) : ''}`;
  const title = preview ? caption : `${caption}${total !== 0 ? ' ' : ''}(not given)`;
  const picture = preview?.kind === 'image' ? preview : undefined;
  const isPlaced = (token: (typeof tokens)[number]): boolean => Boolean(picture && areaOf(token.description));
  const words = tokens.filter((token) => !isPlaced(token));
  const parts = [
    ...(picture ? [drawHeatMap(picture, tokens.filter(isPlaced), { label: modality, id, scale, room })] : []),
    ...(words.length > 0
      ? [
          drawWords(
            words.map(({ description, value }) => ({ text: describeToken(description), value })),
            scale,
            room,
          ),
        ]
      : []),
  ];
  let height = captionHeight;
  const bodies = parts.map((part) => {
    const body = html`<g transform="translate(0 ${height})">${part.body}</g>`;
    height += part.height + 8;
    return body;
  });
  return {
    body: html`<text y="15" font-size="14" font-weight="bold">${title}</text>${bodies}`,
    width: Math.max(Math.ceil(textWidth(title, 15)), ...parts.map((part) => part.width)),
    height,
  };
}
