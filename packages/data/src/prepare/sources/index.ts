import type { SourceName, SourceReader } from '../preparedSource.js';
import { food101 } from './food101.js';
import { hatefulMemes } from './hatefulMemes.js';
import { mmimdb } from './mmimdb.js';
import { vsnli } from './vsnli.js';

/** How each dataset is read. */
export const sourceReaders: Readonly<Record<SourceName, SourceReader>> = {
  mmimdb,
  food101,
  vsnli,
  'hateful-memes': hatefulMemes,
};
