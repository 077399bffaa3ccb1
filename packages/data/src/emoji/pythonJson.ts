// JSON as Python's json.dumps(value, ensure_ascii=False) writes it, for files that equal the reference byte by byte.

/** Writes strings, arrays and flat objects with `", "` and `": "` between the parts; undefined fields are left out. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}: ${pythonJson(field)}`).join(', ')}}`;
}
