import type { Style } from './style.js';
import { cut, pad, textWidth } from './width.js';

/** A cell of a heat table. */
export interface HeatCell {
  readonly text: string;
  /** −1 to 1: how strongly it is coloured, and with which of two colours. */
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
    const length = Math.round(20 * Math.min(1, Math.abs(share) || 0));
    const bar = share < 0 ? style.blue('░'.repeat(length)) : style.yellow('█'.repeat(length));
    return `${style.heat(` ${pad(cut(text, width), width)} `, share)} ${figure.padStart(7)} ${bar}`.trimEnd();
  });
}

/** The colours from the least value to the greatest, between their figures. */
export function renderHeatScale(isSigned: boolean, least: string, greatest: string, style: Style): string {
  const steps = Array.from({ length: isSigned ? 17 : 9 }, (_, i) => (isSigned ? i - 8 : i) / 8);
  return `${least} ${steps.map((share) => style.heat('  ', share)).join('')} ${greatest}`;
}
