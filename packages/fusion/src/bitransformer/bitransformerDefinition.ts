import { defineFusion, tokenEmbeddings } from '@tessera/core';
import { headSizeOf } from '@tessera/layers';
import { Bitransformer } from './bitransformer.js';
import { bitransformerConfig } from './bitransformerConfig.js';
import { WordTable, wordTable } from './wordTable.js';

/** The fusion `bitransformer`: a BERT over the tokens of all modalities, whose word table it lends to text encoders. */
export const bitransformer = defineFusion({
  name: 'bitransformer',
  summary: 'Multimodal bitransformer (MMBT): one transformer attends over the tokens of all modalities.',
  config: bitransformerConfig,
  needs: { words: wordTable },
  provides: [
    {
      token: tokenEmbeddings,
      create: ({ hiddenSize, numHeads }, { parameters, path }) => {
        headSizeOf(path, hiddenSize, numHeads);
        return new WordTable({ parameters, hiddenSize, path });
      },
    },
  ],
  create: (config, { words }, context) => new Bitransformer(config, words, context),
});
