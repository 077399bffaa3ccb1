import type { Preview } from '@tessera/core';
import { sentencesOf, type RawText } from './rawText.js';

/** A text as it is; the sentences of a pair below each other. */
export const previewText = (raw: RawText): Preview => ({ kind: 'text', text: sentencesOf(raw).join('\n') });
