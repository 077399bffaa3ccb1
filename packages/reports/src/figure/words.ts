// Tokens as words on the colours of their values, line by line, with the value below each.
import { formatValue } from '../explanation/attribution.js';
import { html, type Markup } from '../html/markup.js';
import type { Drawing, Scale } from './drawing.js';
import { heatColour, textOn } from './heatColours.js';
import { textWidth } from './textWidth.js';

const fontSize = 15;
const figureSize = 10.5;
const padding = 6;
const boxHeight = 24;
const lineHeight = 44;
const space = 5;

/** A token in words. */
export interface WordToken {
  readonly text: string;
  readonly value: number;
}

/** A stretch of a token on one line. */
interface Box {
  readonly text: string;
  readonly value: number;
  readonly width: number;
  /** The token's figure stands below its first box. */
  readonly figure?: string;
}

/** Words in lines no wider than `room`; a token of many words goes on in the next line. */
export function drawWords(tokens: readonly WordToken[], scale: Scale, room: number): Drawing {
  const boxes = tokens.flatMap((token) => boxesOf(token, scale, room));
  const placed: { readonly box: Box; readonly x: number; readonly line: number }[] = [];
  let [x, line, widest] = [0, 0, 0];
  for (const box of boxes) {
    if (x > 0 && x + box.width > room) [x, line] = [0, line + 1];
    placed.push({ box, x, line });
    widest = Math.max(widest, x + box.width);
    x += box.width + space;
  }
  const body = html`${placed.map(({ box, x: left, line: row }) => drawBox(box, left, row * lineHeight, scale))}`;
  return { body, width: widest, height: (line + 1) * lineHeight - 4 };
}

function boxesOf({ text, value }: WordToken, scale: Scale, room: number): Box[] {
  const figure = formatValue(value, scale.kind);
  return cutToFit(text.trim() || '␣', room - 2 * padding).map((piece, i) => {
    const needed = Math.max(textWidth(piece, fontSize), i === 0 ? textWidth(figure, figureSize) - padding : 0);
    return { text: piece, value, width: Math.ceil(needed + 2 * padding), ...(i === 0 && { figure }) };
  });
}

/** A token's words, one by one; a word that is wider than a line is cut. */
function cutToFit(text: string, room: number): string[] {
  return text.split(/\s+/u).map((word) => {
    if (textWidth(word, fontSize) <= room) return word;
    let kept = '';
    for (const letter of word) {
      if (textWidth(`${kept}${letter}…`, fontSize) > room) break;
      kept += letter;
    }
    return `${kept}…`;
  });
}

function drawBox({ text, value, width, figure }: Box, x: number, y: number, { kind, largest }: Scale): Markup {
  const share = value / largest;
  const middle = x + width / 2;
  return html`<g>
    <title>${text}: ${formatValue(value, kind)}</title>
    <rect x="${x}" y="${y}" width="${width}" height="${boxHeight}" rx="4" fill="${heatColour(share)}" stroke="#8886" />
    <text x="${middle}" y="${y + 17}" text-anchor="middle" font-size="${fontSize}" fill="${textOn(share)}"
      >${text}</text
    >
    ${
      figure === undefined
        ? ''
        : html`<text x="${middle}" y="${y + boxHeight + 12}" text-anchor="middle" font-size="${figureSize}"
            >${figure}</text
          >`
    }
  </g>`;
}
