// MM-IMDB in Fuel's HDF5 form: multimodal_imdb.hdf5 with words as numbers, genres as 0 and 1, posters of 160×256, and
// metadata.npy with the words. Source of the layout: johnarevalo/gmu-mmimdb, make_dataset.py and vgg.py. Plots are the longest
// ones, but cut into words there: lower-cased, punctuation apart, numbers as N. The file knows 23 genres and not News, so that
// no film is left out for it.
// Shapes: n films, C genres, posters [n, 3, height, width].
import { join } from 'node:path';
import { DataError, showValue } from '@tessera/core';
import type { Attribute, Dataset, File } from 'h5wasm';
import type { Candidate } from '../candidate.js';
import { sizeOf } from '../inputFiles.js';
import type { ReadContext } from '../preparedSource.js';
import { isFilmId } from './mmimdbSplits.js';
import { readWords } from './mmimdbWords.js';
import { rgbOf } from './vggPixels.js';

/** Names of the two files. */
export const hdf5Name = 'multimodal_imdb.hdf5';
const wordsName = 'metadata.npy';

/** Films read at a time. */
const chunkSize = 64;

/** Reads the films; posters become PNG files in the context's scratch folder. */
export async function* readHdf5(folder: string, context: ReadContext): AsyncGenerator<Candidate, void> {
  const path = join(folder, hdf5Name);
  const metadata = await context.inputs.bytes(join(folder, wordsName));
  if (!metadata) {
    throw new DataError(
      `mmimdb: ${hdf5Name} has words as numbers and needs ${wordsName} beside it, got none in ${folder}. Download it too.`,
    );
  }
  const words = readWords(metadata, wordsName);
  await hashFile(path, context);
  const scratch = await context.scratch();
  // As its own WebAssembly, which nobody else needs.
  const { default: hdf5 } = await import('h5wasm/node');
  // Else HDF5 prints its own account of an error.
  (await hdf5.ready).activate_throwing_error_handler();
  const { default: sharp } = await import('sharp');
  const file = openFile(hdf5.File, path);
  try {
    const films = new Films(file);
    for (let start = 0; start < films.count; start += chunkSize) {
      const stop = Math.min(films.count, start + chunkSize);
      const pictures = films.pictures(start, stop);
      const read = Array.from({ length: stop - start }, async (_, i): Promise<Candidate> => {
        const id = films.ids[start + i] ?? '';
        const poster = { path: join(scratch, `${id}.png`), name: `${id}.png`, isDerived: true };
        await sharp(pictures.pixels(i), { raw: { ...pictures.size, channels: 3 } })
          .png()
          .toFile(poster.path);
        const text = films.text(start + i, words);
        const origin = `${hdf5Name}, film ${start + i + 1}`;
        return {
          split: films.splitOf(start + i),
          origin,
          id,
          texts: { text },
          picture: poster,
          label: films.genres(start + i),
        };
      });
      yield* await Promise.all(read);
      context.onProgress(stop, films.count);
    }
  } finally {
    file.close();
  }
}

/** Large files take a while: their hash has its own progress. */
async function hashFile(path: string, { inputs, onProgress }: ReadContext): Promise<void> {
  const total = await sizeOf(path);
  let done = 0;
  const pieces = inputs.stream(path, (read) => onProgress((done += read), total));
  while (!(await pieces.next()).done);
}

function openFile(Hdf5File: typeof File, path: string): File {
  try {
    const file = new Hdf5File(path, 'r');
    if (file.file_id > 0n) return file;
  } catch {
    // Told below.
  }
  throw new DataError(
    `mmimdb: ${path} must be a whole HDF5 file, got something else or a part of one. Download it again.`,
  );
}

/** The films of an open file. */
class Films {
  readonly ids: readonly string[];
  readonly count: number;
  private readonly labels: readonly string[];
  private readonly flags: ArrayLike<number>;
  private readonly sequences: readonly ArrayLike<number>[];
  private readonly images: Dataset;
  private readonly ends: readonly (readonly [split: string, stop: number])[];

  constructor(private readonly file: File) {
    this.ids = filmIds(this.dataset('imdb_ids').value as unknown as string[]);
    this.count = this.ids.length;
    this.flags = this.dataset('genres').value as unknown as ArrayLike<number>;
    this.labels = this.attribute(
      this.dataset('genres').attrs['target_names'],
      'target_names',
      (value) => JSON.parse(String(value)) as string[],
    );
    this.sequences = this.dataset('sequences').value as unknown as ArrayLike<number>[];
    this.images = this.dataset('images');
    this.ends = this.attribute(file.attrs['split'], 'split', splitEnds);
  }

  genres(film: number): string[] {
    const width = this.labels.length;
    return this.labels.filter((_, i) => this.flags[film * width + i] === 1);
  }

  text(film: number, words: ReadonlyMap<number, string>): string {
    return Array.from(this.sequences[film] ?? [], (number) => words.get(number) ?? '_UNK_').join(' ');
  }

  splitOf(film: number): string {
    return this.ends.find(([, stop]) => film < stop)?.[0] ?? 'test';
  }

  /** The posters of some films. */
  pictures(
    start: number,
    stop: number,
  ): { readonly size: { width: number; height: number }; pixels(i: number): Uint8Array } {
    const [, , height = 0, width = 0] = this.images.shape ?? [];
    const values = this.images.slice([[start, stop]]) as unknown as Int32Array;
    const length = 3 * height * width;
    return { size: { width, height }, pixels: (i) => rgbOf(values.subarray(i * length, (i + 1) * length)) };
  }

  private dataset(name: string): Dataset {
    const found = this.file.keys().includes(name) ? this.file.get(name) : null;
    if (found !== null && 'shape' in found) return found as Dataset;
    throw this.lacks(`the table ${name}`);
  }

  private attribute<T>(attribute: Attribute | undefined, name: string, read: (value: unknown) => T): T {
    try {
      if (attribute) return read(attribute.value);
    } catch {
      // Told below.
    }
    throw this.lacks(`the attribute ${name}`);
  }

  private lacks(what: string): DataError {
    return new DataError(
      `mmimdb: ${hdf5Name} must have ${what}, got none; it has ${this.file.keys().join(', ')}. Download it again.`,
    );
  }
}

/** Ids become names of files. */
function filmIds(ids: readonly string[]): readonly string[] {
  const wrong = ids.find((id) => !isFilmId(id));
  if (wrong === undefined) return ids;
  throw new DataError(
    `mmimdb: ${hdf5Name} must have ids of digits in imdb_ids, got ${showValue(wrong)}. Download it again.`,
  );
}

/** Where each split ends, from Fuel's table of rows [split, source, start, stop, …]; in the order of the films. */
function splitEnds(table: unknown): [string, number][] {
  const rows = (table as readonly (readonly unknown[])[]).filter(([, source]) => source === 'sequences');
  const ends = rows.map(([split, , , stop]): [string, number] => [String(split), Number(stop)]);
  if (ends.length === 0) throw new Error('no splits');
  return ends.sort(([, a], [, b]) => a - b);
}
