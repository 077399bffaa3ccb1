/** Ids made unique: `a`, `b`, and a second `a` as its id with a number that no id contains. */
export function sampleKeys(ids: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return ids.map((id) => {
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    return count === 0 ? id : `${id}\n${count}`;
  });
}
