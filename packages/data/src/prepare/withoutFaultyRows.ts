import type { Candidate } from './candidate.js';
import type { DropReason, DroppedRows } from './droppedRows.js';

/** The rows that have an id of their own within their split and texts that say something. */
export function withoutFaultyRows(rows: readonly Candidate[], dropped: DroppedRows): Candidate[] {
  const seen = new Map<string, Map<string, string>>();
  return rows.filter(({ split, origin, id, texts }) => {
    const drop = (reason: DropReason, detail: string): false => {
      dropped.add({ split, origin, id, reason, detail });
      return false;
    };
    const ids = seen.get(split) ?? new Map<string, string>();
    seen.set(split, ids);
    const earlier = ids.get(id);
    if (earlier !== undefined) return drop('duplicate id', `${JSON.stringify(id)}, as ${earlier} has it`);
    ids.set(id, origin);
    const empty = Object.entries(texts).find(([, text]) => text.trim() === '');
    return empty ? drop('empty text', empty[0]) : true;
  });
}
