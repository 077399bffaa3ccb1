import type { PictureArea, TokenDescription } from '@tessera/core';

/** A stretch of a video, in seconds. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

const rounded = (seconds: number): number => Math.round(seconds * 100) / 100;

/** Frames in a row of the sheet that `preview` shows. */
export const framesPerRow = 8;

/** Which of how many steps. */
export interface StepPlace {
  readonly step: number;
  readonly steps: number;
}

/**
 * What a token of a frame stands for in a step of the video. Regions and areas are those of the sheet of the steps'
 * pictures that `preview` shows.
 */
export function describeStep(token: TokenDescription, { from, to }: TimeSpan, place: StepPlace): TokenDescription {
  const time = { from: rounded(from), to: rounded(to), unit: 's' };
  const area = token.area && { area: areaOnSheet(token.area, place) };
  if (token.kind === 'region') return { ...token, ...regionOnSheet(token, place), time, ...area };
  const what = token.kind === 'text' ? token.text : token.kind === 'other' ? token.label : `${token.from}–${token.to}`;
  return { kind: 'other', label: `${time.from}–${time.to} s: ${what}`, ...area };
}

/** Where a step's picture stands: in which row and column, of how many. */
function onSheet({ step, steps }: StepPlace): { row: number; column: number; rows: number; columns: number } {
  const columns = Math.min(steps, framesPerRow);
  return { row: Math.floor(step / columns), column: step % columns, rows: Math.ceil(steps / columns), columns };
}

function regionOnSheet(
  { row, column, rows, columns }: Extract<TokenDescription, { kind: 'region' }>,
  place: StepPlace,
): { row: number; column: number; rows: number; columns: number } {
  const sheet = onSheet(place);
  return {
    row: sheet.row * rows + row,
    column: sheet.column * columns + column,
    rows: sheet.rows * rows,
    columns: sheet.columns * columns,
  };
}

function areaOnSheet({ left, top, width, height }: PictureArea, place: StepPlace): PictureArea {
  const { row, column, rows, columns } = onSheet(place);
  return { left: (column + left) / columns, top: (row + top) / rows, width: width / columns, height: height / rows };
}
