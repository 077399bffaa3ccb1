// Pickles of plain values and numpy's arrays, as numpy writes them. Nothing in them is ever called: arrays come out as
// their parts, and a pickle that asks for anything else is refused.
import { DataError } from '@tessera/core';
import { readPickle, type PickleFault, type PickleObject, type PickleValue } from '@tessera/weights';

/** An array of numpy or a part of one: what it was given. */
export class NumpyObject implements PickleObject {
  readonly kind = 'numpy';
  state: PickleValue | undefined;
}

/** What a pickle may name. numpy writes its arrays so; `_codecs.encode` is how protocol 2 writes bytes. */
const names = [
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray._reconstruct',
  'numpy.ndarray',
  'numpy.dtype',
  '_codecs.encode',
];

/** Reads a pickle; dictionaries become Maps. Throws DataError for anything that is not plain data. */
export const readPlainPickle = (bytes: Uint8Array): PickleValue =>
  readPickle(bytes, {
    globals: new Map(names.map((name) => [name, () => new NumpyObject()])),
    build: (value, state) => {
      if (!(value instanceof NumpyObject)) return false;
      value.state = state;
      return true;
    },
    encoding: 'latin1',
    error: (fault) => new DataError(`Pickle: ${ruleOf(fault)}. Download it again, or look where it is from.`),
  });

function ruleOf(fault: PickleFault): string {
  switch (fault.kind) {
    case 'global':
      return `it may hold plain values and arrays alone, got ${fault.name}, which would be run`;
    case 'instruction':
      return `it must hold plain values, got the operation ${fault.code}`;
    case 'use':
      return `it must hold plain values, got ${fault.what}`;
    case 'damage':
      return `the file must be whole, got an end or a fault at byte ${fault.at}: ${fault.what}`;
  }
}
