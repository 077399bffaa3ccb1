import type { Style } from './style.js';
import { cut, pad, textWidth } from './width.js';

/** A cell of a heat table. */
export interface HeatCell {
  readonly text: string;
  /** 0 to 1: how strongly it is coloured. */
  readonly share: number;
}

/** A grid of cells, coloured by their share; all cells are as wide as the widest. */
export function renderHeatGrid(rows: readonly (readonly HeatCell[])[], style: Style): string[] {
  const width = Math.max(0, ...rows.flat().map(({ text }) => textWidth(text)));
  return rows.map((row) => row.map(({ text, share }) => style.heat(` ${pad(text, width, 'right')} `, share)).join(''));
}

/** Words below each other, each with its figure and a bar: readable without colours too. */
export function renderHeatList(cells: readonly (HeatCell & { readonly figure: string })[], style: Style): string[] {
  const width = Math.min(24, Math.max(0, ...cells.map(({ text }) => textWidth(text))));
  return cells.map(({ text, figure, share }) => {
    const bar = '█'.repeat(Math.round(20 * Math.min(1, Math.max(0, share))));
    return `${style.heat(` ${pad(cut(text, width), width)} `, share)} ${figure.padStart(7)} ${style.yellow(bar)}`.trimEnd();
  });
}
