import { formatFigure } from '@tessera/reports';
import { renderTable } from '../terminal/table.js';
import type { Style } from '../terminal/style.js';

/** `<head>.<metric>` or `loss` → value. */
export type Figures = Readonly<Record<string, number | null>>;

/** Figures of one split as a table, with their standard errors where they are known. */
export const figureTable = (split: string, figures: Figures, style: Style, spread: Figures = {}): string[] => {
  const errors = Object.keys(spread).length > 0 ? [{ title: '± error', align: 'right' as const }] : [];
  return renderTable(
    [{ title: `${split} figure` }, { title: 'value', align: 'right' }, ...errors],
    Object.entries(figures).map(([name, value]) => [name, formatFigure(value), errorOf(spread[name])]),
    { style },
  );
};

const errorOf = (error: number | null | undefined): string => (typeof error === 'number' ? formatFigure(error) : '');
