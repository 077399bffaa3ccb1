import { formatValue } from '../explanation/attribution.js';
import { html } from '../html/markup.js';
import type { Drawing, Scale } from './drawing.js';
import { heatColour } from './heatColours.js';
import { textWidth } from './textWidth.js';

const width = 240;
const numSteps = 41;
const fontSize = 11;

/** The colours with the values that they stand for, and what is measured. */
export function drawScaleBar(scale: Scale, quantity: string): Drawing {
  const { kind, largest } = scale;
  const low = kind === 'share' ? 0 : -1;
  const step = width / numSteps;
  const cells = Array.from({ length: numSteps }, (_, i) => {
    const value = low + ((1 - low) * i) / (numSteps - 1);
    const x = Math.round(100 * i * step) / 100;
    return html`<rect x="${x}" width="${Math.ceil(step + 0.5)}" height="12" fill="${heatColour(value)}" />`;
  });
  const ticks = (kind === 'share' ? [0, 0.5, 1] : [-1, 0, 1]).map((value) => {
    const x = (width * (value - low)) / (1 - low);
    const anchor = value === low ? 'start' : value === 1 ? 'end' : 'middle';
    const text = value === 0 ? '0' : formatValue(value * largest, kind);
    return html`<text x="${x}" y="25" text-anchor="${anchor}" font-size="${fontSize}">${text}</text>`;
  });
  const body = html`<g>${cells}</g>
    <rect width="${width}" height="12" fill="none" stroke="#888" />
    ${ticks}
    <text x="${width + 12}" y="10.5" font-size="12">${quantity}</text>`;
  return { body, width: width + 12 + Math.ceil(textWidth(quantity, 12)), height: 28 };
}
