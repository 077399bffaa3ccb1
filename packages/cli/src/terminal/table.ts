import { pad, textWidth } from './width.js';
import type { Style } from './style.js';

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** `left` if left out: text to the left, figures to the right. */
  readonly align?: 'left' | 'right';
}

/** How a table is drawn. */
export interface TableOptions {
  readonly style: Style;
  /** A row (from 0) to stand out. */
  readonly highlight?: number;
}

/** A table as lines: titles, a rule, rows; columns two spaces apart. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { style, highlight }: TableOptions,
): string[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(textWidth(title), ...rows.map((row) => textWidth(row[i] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => pad(cells[i] ?? '', widths[i] ?? 0, align))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [
    style.bold(line(columns.map(({ title }) => title))),
    style.dim(rule),
    ...rows.map((row, i) => (i === highlight ? style.bold(line(row)) : line(row))),
  ];
}

/** Names and values below each other, values in one column. */
export function renderFacts(facts: readonly (readonly [name: string, value: string])[], style: Style): string[] {
  const width = Math.max(0, ...facts.map(([name]) => textWidth(name)));
  return facts.map(([name, value]) => `${style.dim(pad(name, width))}  ${value}`);
}
