import { defineEncoder, tokenEmbeddings } from '@tessera/core';
import { z } from 'zod';
import type { RawText } from '../input/rawText.js';
import type { PreparedText, TextBatch } from '../input/textBatch.js';
import { layoutOptions } from '../input/layoutSchema.js';
import { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import { fitWordPieces } from '../vocabulary/fitWordPieces.js';
import { vocabularyOptionNames, vocabularyOptions } from '../vocabulary/vocabularySchema.js';
import { WordpieceEncoder } from './wordpieceEncoder.js';

/** The encoder `wordpiece`. */
export const wordpiece = defineEncoder<RawText, PreparedText, TextBatch>()({
  name: 'wordpiece',
  summary: "Word pieces as rows of the joint transformer's own word table, as in MMBT.",
  medium: 'text',
  config: z.strictObject({
    ...vocabularyOptions,
    ...layoutOptions,
    sepAround: z
      .boolean()
      .default(false)
      .describe(
        'Whether [SEP] stands before the text and behind it, so that the first word has position 1, as where BERT was pretrained. facebookresearch/mmbt does without.',
      ),
  }),
  needs: { embeddings: tokenEmbeddings },
  fitScope: 'encoder',
  fitOptions: vocabularyOptionNames,
  fit: fitWordPieces,
  create: ({ vocab, lowercase, maxTokens, pairs, sepAround }, { embeddings }, { assets, path }) => {
    const tokenizer = WordPieceTokenizer.open(assets, { path, vocab, lowercase });
    return new WordpieceEncoder(tokenizer, embeddings, { maxTokens, pairs, sepAround, path });
  },
});
