// metadata.npy of MM-IMDB: a numpy file that holds one pickled dictionary, of which the words by number are needed.
import { DataError } from '@tessera/core';
import { NumpyObject, readPlainPickle } from '../pickle.js';

/** The words by number. Throws DataError when the file is something else. */
export function readWords(bytes: Uint8Array, name: string): ReadonlyMap<number, string> {
  const words = wordsIn(unwrap(readPlainPickle(bytes.subarray(headerLength(bytes, name)))));
  if (words) return words;
  throw new DataError(
    `mmimdb: ${name} must hold a dictionary with the words by number (ix_to_word), got none. Download it again.`,
  );
}

/** Bytes before the pickle. */
function headerLength(bytes: Uint8Array, name: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(0) !== 0x934e554d) {
    throw new DataError(`mmimdb: ${name} must be a numpy file, got something else. Download it again.`);
  }
  return bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
}

/** The one entry of an array of objects without dimensions. */
function unwrap(array: unknown): unknown {
  if (!(array instanceof NumpyObject) || !Array.isArray(array.state)) return undefined;
  const entries: unknown = array.state[4];
  return Array.isArray(entries) ? entries[0] : undefined;
}

function wordsIn(metadata: unknown): ReadonlyMap<number, string> | undefined {
  const words: unknown = metadata instanceof Map ? metadata.get('ix_to_word') : undefined;
  if (!(words instanceof Map) || words.size === 0) return undefined;
  const entries = [...(words as Map<unknown, unknown>)];
  const valid = entries.every(([number, word]) => typeof number === 'number' && typeof word === 'string');
  return valid ? new Map(entries as [number, string][]) : undefined;
}
