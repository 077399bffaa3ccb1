import { describe, expect, it } from 'vitest';
import { DataError, isTesseraError, SpecError, TesseraError } from './index.js';

describe('errors', () => {
  it('carry the name of their class and the cause', () => {
    const cause = new Error('disk');
    const error = new DataError('train.jsonl, row 3: cannot be read.', { cause });
    expect(error).toBeInstanceOf(TesseraError);
    expect(error.name).toBe('DataError');
    expect(error.cause).toBe(cause);
  });

  it('are recognised across copies of the package', () => {
    const foreign = Object.assign(new Error('from another copy'), { isUserError: true });
    expect(isTesseraError(foreign)).toBe(true);
    expect(isTesseraError(new Error('a defect'))).toBe(false);
    expect(isTesseraError({ isUserError: true })).toBe(false);
    expect(isTesseraError(undefined)).toBe(false);
  });
});

describe('SpecError', () => {
  it('shows every fault on a line of its own, path first', () => {
    const error = new SpecError([
      { path: 'fusion.numLayers', message: 'must be at least 1, got 0.' },
      { path: '', message: 'must be a spec.' },
    ]);
    expect(error.message).toBe('fusion.numLayers: must be at least 1, got 0.\nmust be a spec.');
    expect(error.issues).toHaveLength(2);
  });

  it('takes plain text as its only fault', () => {
    expect(new SpecError('nothing to build.').issues).toEqual([{ path: '', message: 'nothing to build.' }]);
  });
});
