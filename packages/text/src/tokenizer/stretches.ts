/** Characters after which a stretch may end. */
const minimumLength = 16_384;

/**
 * A text in stretches that end before white space, where tokenisation starts anew: of a whole book, only what a model
 * reads is cut into pieces.
 */
export function* stretchesOf(text: string): Iterable<string> {
  let start = 0;
  while (start < text.length) {
    const rest = text.slice(start + minimumLength).search(/[ \t\n]/);
    const end = rest < 0 ? text.length : start + minimumLength + rest;
    yield text.slice(start, end);
    start = end;
  }
}

/** The first `limit` ids of a text, of which no further stretch is cut than needed. */
export function firstIds(text: string, limit: number, cut: (stretch: string) => readonly number[]): number[] {
  const ids: number[] = [];
  for (const stretch of stretchesOf(text)) {
    if (ids.length >= limit) break;
    for (const id of cut(stretch)) ids.push(id);
  }
  return ids.slice(0, limit);
}
