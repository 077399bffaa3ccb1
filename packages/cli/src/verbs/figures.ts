import { formatFigure } from '@tessera/reports';
import { renderTable } from '../terminal/table.js';
import type { Style } from '../terminal/style.js';

/** Figures of one split as a table. */
export const figureTable = (split: string, figures: Readonly<Record<string, number | null>>, style: Style): string[] =>
  renderTable(
    [{ title: `${split} figure` }, { title: 'value', align: 'right' }],
    Object.entries(figures).map(([name, value]) => [name, formatFigure(value)]),
    { style },
  );
