import { defineEncoder } from '@tessera/core';
import type { RawText } from '../input/rawText.js';
import type { PreparedText, TextBatch } from '../input/textBatch.js';
import { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import { fitWordPieces } from '../vocabulary/fitWordPieces.js';
import { vocabularyOptionNames } from '../vocabulary/vocabularySchema.js';
import { BertEncoder } from './bertEncoder.js';
import { bertSchema } from './bertSchema.js';

/** The encoder `bert`. */
export const bert = defineEncoder<RawText, PreparedText, TextBatch>()({
  name: 'bert',
  summary: "A BERT of the modality's own: its pooled state as one token, or the states of all tokens.",
  medium: 'text',
  config: bertSchema,
  fitScope: 'encoder',
  fitOptions: vocabularyOptionNames,
  fit: fitWordPieces,
  create: (config, _services, context) => {
    const { vocab, lowercase } = config;
    return new BertEncoder(
      WordPieceTokenizer.open(context.assets, { path: context.path, vocab, lowercase }),
      config,
      context,
    );
  },
});
