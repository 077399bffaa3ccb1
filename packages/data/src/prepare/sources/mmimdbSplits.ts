/** Ids of films by split, training first. */
export type MmimdbSplits = Readonly<Record<'train' | 'dev' | 'test', readonly string[]>>;

/** Reads split.json; undefined when it is something else. */
export function parseSplits(text: string): MmimdbSplits | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const given = (value ?? {}) as Readonly<Record<string, unknown>>;
  const [train, dev, test] = [idsIn(given['train']), idsIn(given['dev'] ?? given['val']), idsIn(given['test'])];
  return train && dev && test ? { train, dev, test } : undefined;
}

/** Whether a value can be a film's id, which becomes part of a file's name. */
export const isFilmId = (id: unknown): id is string => typeof id === 'string' && /^\w+$/.test(id);

/** Ids have seven digits; a mirror writes them as numbers, without their zeros. */
function idsIn(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const ids = value.map((id: unknown) => (typeof id === 'number' ? String(id).padStart(7, '0') : id));
  return ids.every(isFilmId) ? ids : undefined;
}
