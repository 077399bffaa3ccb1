import type { Layout } from '../layout.js';
import { bertEntries } from './bertEntries.js';

/**
 * BERT as Hugging Face's transformers stores it: `BertModel` bare, or below `bert.` as in models with a head.
 * @param ours - path of the parameters here: `fusion`, or a text encoder's; empty for the root
 */
export const huggingFaceBert = (ours: string): Layout => ({
  name: 'Hugging Face BERT',
  entries: bertEntries(ours, {
    embeddings: ['embeddings', 'bert.embeddings'],
    encoder: ['encoder', 'bert.encoder'],
    pooler: ['pooler', 'bert.pooler'],
  }),
});
