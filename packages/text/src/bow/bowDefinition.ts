import { defineEncoder } from '@tessera/core';
import type { RawText } from '../input/rawText.js';
import type { PreparedText, TextBatch } from '../input/textBatch.js';
import { BowEncoder } from './bowEncoder.js';
import { bowSchema } from './bowSchema.js';
import { fitBow, gloveAsset, openBowTokenizer } from './bowVocabulary.js';
import { WordVectors } from './wordVectors.js';

/** The encoder `bow`. */
export const bow = defineEncoder<RawText, PreparedText, TextBatch>()({
  name: 'bow',
  summary: 'A bag of words: the mean or sum of word vectors, learned or GloVe.',
  medium: 'text',
  config: bowSchema,
  fitScope: 'encoder',
  fit: fitBow,
  create: (config, _services, { assets, parameters, path }) => {
    const tokenizer = openBowTokenizer(config, assets, path);
    const vectors = new WordVectors(parameters, tokenizer, { ...config, glove: assets[gloveAsset] });
    return new BowEncoder(tokenizer, vectors, { ...config, path: parameters.path });
  },
});
