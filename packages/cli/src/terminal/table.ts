import { pad, textWidth, wrap } from './width.js';
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
  /** The most columns: the last column's text is wrapped to keep to them. Unbounded if left out. */
  readonly columns?: number;
}

/** The least columns that text is wrapped to: below, a line that the terminal breaks reads better. */
const leastColumns = 20;

/** A table as lines: titles, a rule, rows; columns two spaces apart. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { style, highlight, columns: limit = Infinity }: TableOptions,
): string[] {
  const last = columns.length - 1;
  const natural = columns.map(({ title }, i) =>
    Math.max(textWidth(title), ...rows.map((row) => textWidth(row[i] ?? ''))),
  );
  const before = natural.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  const room = Math.max(leastColumns, limit - before);
  const isWrapped = columns[last]?.align !== 'right' && (natural[last] ?? 0) > room;
  const widths = isWrapped ? [...natural.slice(0, last), room] : natural;
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => pad(cells[i] ?? '', widths[i] ?? 0, align))
      .join('  ')
      .trimEnd();
  const linesOf = (row: readonly string[]): string[] =>
    isWrapped
      ? wrap(row[last] ?? '', room).map((text, i) =>
          line([...(i ? columns.slice(1).map(() => '') : row.slice(0, last)), text]),
        )
      : [line(row)];
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [
    style.bold(line(columns.map(({ title }) => title))),
    style.dim(rule),
    ...rows.flatMap((row, i) => linesOf(row).map((text) => (i === highlight ? style.bold(text) : text))),
  ];
}

/** Names and values below each other, values in one column that is wrapped to keep within `columns`. */
export function renderFacts(
  facts: readonly (readonly [name: string, value: string])[],
  style: Style,
  columns = Infinity,
): string[] {
  const width = Math.max(0, ...facts.map(([name]) => textWidth(name)));
  return facts.flatMap(([name, value]) =>
    wrap(value, Math.max(leastColumns, columns - width - 2)).map(
      (line, i) => `${style.dim(pad(i ? '' : name, width))}  ${line}`,
    ),
  );
}
