import { SpecError } from '@tessera/core';

/** Word vectors of a GloVe text file, restricted to a vocabulary. */
export interface GloveVectors {
  readonly dimension: number;
  readonly vectors: ReadonlyMap<string, readonly number[]>;
}

/**
 * Streams a GloVe text file (`word v1 v2 …` in each line) and keeps the words asked for.
 * @throws SpecError when the file cannot be read or a line has another number of values
 */
export async function readGlove(file: string, words: ReadonlySet<string>, where: string): Promise<GloveVectors> {
  const [{ createReadStream }, { createInterface }] = await Promise.all([import('node:fs'), import('node:readline')]);
  const vectors = new Map<string, readonly number[]>();
  let dimension = 0;
  let row = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      row += 1;
      const fields = line.trimEnd().split(' ');
      dimension ||= fields.length - 1;
      // Some words of GloVe's larger files hold spaces: the vector is what stands at the end.
      const word = fields.slice(0, fields.length - dimension).join(' ');
      if (!words.has(word)) continue;
      const vector = fields.slice(-dimension).map(Number);
      if (!word || vector.length !== dimension || !vector.every(Number.isFinite)) {
        throw new SpecError([
          {
            path: where,
            message: `must be GloVe text, got row ${row} of ${file} without ${dimension} numbers. Check the file.`,
          },
        ]);
      }
      vectors.set(word, vector);
    }
  } catch (error) {
    if (error instanceof SpecError) throw error;
    throw new SpecError(
      [
        {
          path: where,
          message: `must be a readable file, got "${file}" (${(error as { code?: string }).code ?? String(error)}). Check the path.`,
        },
      ],
      {
        cause: error,
      },
    );
  }
  return { dimension, vectors };
}
