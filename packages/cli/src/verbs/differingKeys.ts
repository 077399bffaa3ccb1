type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const written = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** Dotted paths at which two plain values differ, with both values where those are short. */
export function differingKeys(before: unknown, after: unknown, path = ''): string[] {
  if (isMapping(before) && isMapping(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differingKeys(before[key], after[key], path ? `${path}.${key}` : key),
    );
  }
  const old = written(before);
  const now = written(after);
  if (old === now) return [];
  return [`${path}${(old + now).length <= 40 ? ` (${now}, not ${old})` : ''}`];
}
