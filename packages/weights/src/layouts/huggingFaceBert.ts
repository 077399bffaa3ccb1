import type { Layout } from '../layout.js';
import { bertEntries } from './bertEntries.js';

/**
 * BERT as Hugging Face's transformers stores it: `BertModel` bare, or below `bert.` as in models with a head, or below
 * another prefix. Heads of pretraining and the table of positions' numbers have no counterpart.
 * @param ours - path of the parameters here: `fusion`, or a text encoder's; empty for the root
 * @param prefix - what stands before their names, its dot included; none or `bert.` if left out
 */
export function huggingFaceBert(ours: string, prefix?: string): Layout {
  const below = (name: string): string[] => (prefix === undefined ? [name, `bert.${name}`] : [`${prefix}${name}`]);
  return {
    name: 'Hugging Face BERT',
    entries: bertEntries(ours, {
      embeddings: below('embeddings'),
      encoder: below('encoder'),
      pooler: below('pooler'),
    }),
    ignores: ['*position_ids', '*cls.predictions.*', '*cls.seq_relationship.*', 'classifier.*'],
  };
}
