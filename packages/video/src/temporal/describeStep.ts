import type { TokenDescription } from '@tessera/core';

/** A stretch of a video, in seconds. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

const rounded = (seconds: number): number => Math.round(seconds * 100) / 100;

/**
 * What a token of a frame stands for in a step of the video. Regions are those of the steps' pictures side by side, as
 * `preview` shows them.
 */
export function describeStep(
  token: TokenDescription,
  { from, to }: TimeSpan,
  { step, steps }: { readonly step: number; readonly steps: number },
): TokenDescription {
  const time = { from: rounded(from), to: rounded(to), unit: 's' };
  if (token.kind === 'region') {
    const { row, column, rows, columns } = token;
    return { kind: 'region', row, column: step * columns + column, rows, columns: steps * columns, time };
  }
  const what = token.kind === 'text' ? token.text : token.kind === 'other' ? token.label : `${token.from}–${token.to}`;
  return { kind: 'other', label: `${time.from}–${time.to} s: ${what}` };
}
