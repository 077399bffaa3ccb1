import { relative, resolve, sep } from 'node:path';
import { showValue } from '@tessera/core';
import type { Candidate, PictureSource } from '../candidate.js';
import type { DroppedRow } from '../droppedRows.js';
import type { ReadContext } from '../preparedSource.js';

/** Why a row cannot be a candidate. */
export type Fault = Pick<DroppedRow, 'reason' | 'detail'>;

/** The fault of a row that cannot be read. */
export const broken = (detail: string): Fault => ({ reason: 'broken row', detail });

/** A row with its place. */
interface PlacedRow {
  readonly split: string;
  readonly origin: string;
  /** Its id, where it is known before the row is read. */
  readonly id?: unknown;
}

/** The rows that can be candidates; the others are dropped with their faults. */
export async function* usableRows<TRow extends PlacedRow>(
  rows: AsyncIterable<TRow>,
  read: (row: TRow) => Candidate | Fault,
  { dropped }: ReadContext,
): AsyncGenerator<Candidate, void> {
  for await (const row of rows) {
    const found = read(row);
    const { split, origin } = row;
    if ('texts' in found) yield found;
    else dropped.add({ split, origin, ...('id' in row && { id: shownId(row.id) }), ...found });
  }
}

const shownId = (id: unknown): string => (typeof id === 'string' ? id : '');

/**
 * The picture that a row names by its path from the folder, or what is wrong with it: no row may name files elsewhere.
 * Its name is that path without detours.
 */
export function pictureIn(folder: string, img: unknown): PictureSource | Fault {
  if (typeof img !== 'string') return broken(`img must be a path, got ${showValue(img ?? null)}`);
  const path = resolve(folder, img);
  if (!path.startsWith(folder + sep)) return broken(`img must stay within the folder, got ${showValue(img)}`);
  return { path, name: relative(folder, path).split(sep).join('/') };
}
