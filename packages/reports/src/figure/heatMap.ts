// A picture as the encoder sees it, and beside it as ink on the colours of the tokens that lie in it.
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

/** The picture itself, then over a cell for each token: side by side, one above the other where it is wide. */
export function drawHeatMap(
  picture: Extract<Preview, { kind: 'image' }>,
  tokens: readonly PlacedToken[],
  { label, id, scale, room }: HeatMapOptions,
): Drawing {
  const [width, height] = sizeOnPage(picture.bytes, room);
  const isWide = 2 * width + gap > room || width > 1.6 * height;
  const [x, y] = isWide ? [0, height + gap] : [width + gap, 0];
  const cells = tokens.flatMap((token) => cellOf(token, { width, height, scale }));
  const paper = html`<rect width="${width}" height="${height}" fill="#fff" />`;
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
    ${paper}
    <use href="#${id}"><title>${label}</title></use>
    ${frame}
    <g transform="translate(${x} ${y})">
      ${paper} ${cells.map(drawCell)} ${inkFilter(`${id}-ink`)}
      <use href="#${id}" filter="url(#${id}-ink)" pointer-events="none" />
      ${cells.map(drawFigure)} ${frame} ${ticks}
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

/** The picture as ink: the darker a pixel, the more black, up to a third. Where it is white, cells have their very colours. */
const inkFilter = (id: string): Markup =>
  html`<filter id="${id}" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB">
    <feColorMatrix type="matrix" values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 -0.068 -0.229 -0.023 0.32 0" />
  </filter>`;

/** A token's rectangle, with its value. */
interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly colour: string;
  readonly title: string;
  readonly figure: string;
}

function cellOf(
  { description, value }: PlacedToken,
  picture: { readonly width: number; readonly height: number; readonly scale: Scale },
): Cell[] {
  const area = areaOf(description);
  if (!area) return [];
  const figure = formatValue(value, picture.scale.kind);
  return [
    {
      x: rounded(area.left * picture.width),
      y: rounded(area.top * picture.height),
      width: rounded(area.width * picture.width),
      height: rounded(area.height * picture.height),
      colour: heatColour(value / picture.scale.largest),
      title: `${describeToken(description)}: ${figure}`,
      figure,
    },
  ];
}

const drawCell = ({ x, y, width, height, colour, title }: Cell): Markup =>
  html`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colour}" stroke="#fff"
    ><title>${title}</title></rect
  >`;

/** A cell's value where it fits in: dark with a light rim, readable on any cell. */
function drawFigure({ x, y, width, height, figure }: Cell): Markup {
  if (height < 18 || width < textWidth(figure, figureSize) + 4) return html``;
  return html`<text x="${rounded(x + width - 3)}" y="${rounded(y + height - 5)}" ${figureStyle}>${figure}</text>`;
}

const figureStyle = html`text-anchor="end" font-size="${figureSize}" fill="#111" stroke="#fff" stroke-width="2.5"
stroke-linejoin="round" paint-order="stroke" pointer-events="none"`;

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
