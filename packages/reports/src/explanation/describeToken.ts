import type { PictureArea, TokenDescription } from '@tessera/core';

/** What a token stands for, in words. */
export function describeToken(description: TokenDescription): string {
  switch (description.kind) {
    case 'text':
      return description.text;
    case 'region':
      return `row ${description.row + 1}, column ${description.column + 1}${duringOf(description)}`;
    case 'interval':
      return `${description.from}–${description.to} ${description.unit}`;
    case 'other':
      return description.label;
  }
}

const duringOf = ({ time }: Extract<TokenDescription, { kind: 'region' }>): string =>
  time ? ` (${time.from}–${time.to} ${time.unit})` : '';

/** Where a token lies in its input's picture; undefined for one that is shown as words. */
export function areaOf(description: TokenDescription): PictureArea | undefined {
  if (description.area || description.kind !== 'region') return description.area;
  const { row, column, rows, columns } = description;
  return { left: column / columns, top: row / rows, width: 1 / columns, height: 1 / rows };
}
