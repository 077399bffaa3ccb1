import type { TokenDescription } from '@tessera/core';
import { expectThat } from '../expectations.js';

/** A description is drawn in a picture: it must lie in it. Shares may be off by rounding. */
export function expectDrawable(description: TokenDescription, which: string): void {
  const { area } = description;
  if (area) {
    const { left, top, width, height } = area;
    const lies = (start: number, length: number): boolean => start >= 0 && length > 0 && start + length <= 1 + 1e-6;
    expectThat(
      lies(left, width) && lies(top, height),
      `${which}: its area must lie in the picture, in shares from 0 to 1, got left=${left}, top=${top}, width=${width}, height=${height}.`,
    );
  }
  if (description.kind !== 'region') return;
  const { row, column, rows, columns } = description;
  const counts = (index: number, length: number): boolean => Number.isInteger(index) && index >= 0 && index < length;
  expectThat(
    counts(row, rows) && counts(column, columns),
    `${which}: its region must lie in its grid, counted from 0, got row=${row} of ${rows}, column=${column} of ${columns}.`,
  );
}
