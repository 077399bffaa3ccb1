// A picture as the encoder sees it, and beside it in grey under the values of the tokens that lie in it.
import type { Preview, TokenDescription } from '@tessera/core';
import { formatValue } from '../explanation/attribution.js';
import { areaOf, describeToken } from '../explanation/describeToken.js';
import { html, type Markup } from '../html/markup.js';
import { heatColour } from './heatColours.js';
import { pictureSize } from './pictureSize.js';
import { textWidth } from './textWidth.js';
import type { Drawing, Scale } from './drawing.js';

const gap = 10;
const side = 190;
const figureSize = 11;

/** A token that lies in the picture. */
export interface PlacedToken {
  readonly description: TokenDescription;
  readonly value: number;
}

/** How a picture is drawn. */
export interface HeatMapOptions {
  readonly label: string;
  /** Of elements that others refer to; no other drawing of the page has it. */
  readonly id: string;
  readonly scale: Scale;
  /** The most that the drawing may be wide. */
  readonly room: number;
}

/** The picture itself, then in grey with a cell for each token: side by side, one above the other where it is wide. */
export function drawHeatMap(
  picture: Extract<Preview, { kind: 'image' }>,
  tokens: readonly PlacedToken[],
  { label, id, scale, room }: HeatMapOptions,
): Drawing {
  const [width, height] = sizeOnPage(picture.bytes, room);
  const isWide = 2 * width + gap > room || width > 1.6 * height;
  const [x, y] = isWide ? [0, height + gap] : [width + gap, 0];
  const frame = html`<rect width="${width}" height="${height}" fill="none" stroke="#8888" />`;
  const ticks = timeTicks(tokens, width, height + 13);
  const body = html`<defs>
      <image
        id="${id}"
        width="${width}"
        height="${height}"
        preserveAspectRatio="none"
        image-rendering="auto"
        href="data:${picture.mime};base64,${Buffer.from(picture.bytes).toString('base64')}"
      />
    </defs>
    <use href="#${id}"><title>${label}</title></use>
    ${frame}
    <g transform="translate(${x} ${y})">
      <use href="#${id}" filter="url(#${id}-grey)" />
      ${greyFilter(`${id}-grey`)} ${tokens.map((token) => drawCell(token, { width, height, scale }))} ${frame} ${ticks}
    </g>`;
  const below = ticks.length > 0 ? 16 : 0;
  return { body, width: x + width, height: y + height + below };
}

/** Pictures of an unknown kind are drawn square: cells keep their places in them. */
function sizeOnPage(bytes: Uint8Array, room: number): readonly [width: number, height: number] {
  const [width, height] = pictureSize(bytes) ?? [1, 1];
  const ratio = Math.min(12, Math.max(1 / 4, width / height));
  const area = ratio > 1.6 ? Math.min(room, Math.max(420, 110 * ratio)) : Math.min(room, side * Math.max(1, ratio));
  return [Math.round(area), Math.round(Math.min(2 * side, area / ratio))];
}

/** Greys that are light enough for colours over them, and keep what the picture shows. */
const greyFilter = (id: string): Markup =>
  html`<filter id="${id}" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB">
    <feColorMatrix type="matrix" values="0.13 0.43 0.04 0 0.4 0.13 0.43 0.04 0 0.4 0.13 0.43 0.04 0 0.4 0 0 0 1 0" />
  </filter>`;

function drawCell(
  { description, value }: PlacedToken,
  picture: { readonly width: number; readonly height: number; readonly scale: Scale },
): Markup {
  const area = areaOf(description);
  if (!area) return html``;
  const { scale } = picture;
  const [x, y] = [area.left * picture.width, area.top * picture.height];
  const [width, height] = [area.width * picture.width, area.height * picture.height];
  const strength = Math.min(1, Math.abs(value) / scale.largest) || 0;
  const text = formatValue(value, scale.kind);
  const fits = height >= 18 && width >= textWidth(text, figureSize) + 4;
  return html`<g>
    <title>${describeToken(description)}: ${text}</title>
    <rect
      x="${rounded(x)}"
      y="${rounded(y)}"
      width="${rounded(width)}"
      height="${rounded(height)}"
      fill="${heatColour(value / scale.largest)}"
      fill-opacity="${(0.85 * strength ** 0.6).toFixed(2)}"
      stroke="#fff"
      stroke-opacity="0.7"
    />
    ${fits ? html`<text x="${rounded(x + width - 3)}" y="${rounded(y + height - 5)}" ${figureStyle}>${text}</text>` : ''}
  </g>`;
}

/** Dark figures with a light rim: readable on any cell. */
const figureStyle = html`text-anchor="end" font-size="${figureSize}" fill="#111" stroke="#fff" stroke-width="2.5"
stroke-linejoin="round" paint-order="stroke"`;

/** Where stretches of time begin and end, below the picture; those that would overlap are left out. */
function timeTicks(tokens: readonly PlacedToken[], width: number, y: number): Markup[] {
  const ends = new Map<number, string>();
  let unit = '';
  for (const { description } of tokens) {
    const area = areaOf(description);
    if (description.kind !== 'interval' || !area) continue;
    unit = description.unit;
    ends.set(rounded(area.left * width), String(description.from));
    ends.set(rounded((area.left + area.width) * width), String(description.to));
  }
  const last = Math.max(...ends.keys());
  let free = -Infinity;
  return [...ends].flatMap(([x, text]) => {
    const shown = x === last ? `${text} ${unit}` : text;
    const isCrowded = x < free || (x !== last && x > last - 2 * textWidth(`${text} ${unit}`, figureSize));
    if (isCrowded) return [];
    free = x + textWidth(shown, figureSize) + 10;
    const anchor = x === 0 ? 'start' : x === last ? 'end' : 'middle';
    return [html`<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${figureSize}">${shown}</text>`];
  });
}

const rounded = (value: number): number => Math.round(10 * value) / 10;
