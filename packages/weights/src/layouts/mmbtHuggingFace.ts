import type { Layout } from '../layout.js';
import { bertEntries, linearEntries } from './bertEntries.js';
import type { MmbtNames } from './mmbtOriginal.js';

/**
 * Hugging Face's `MMBTForClassification`, without the encoder of the other modality, which is the caller's there. The
 * tables repeated below `mmbt.modal_encoder` are aliases.
 */
export const mmbtHuggingFace = ({
  image = '{modality}',
  classifier = 'heads.{head}.output',
}: MmbtNames = {}): Layout => ({
  name: 'Hugging Face MMBT',
  entries: [
    ...bertEntries('fusion', {
      embeddings: ['mmbt.transformer.embeddings'],
      encoder: ['mmbt.transformer.encoder'],
      pooler: ['mmbt.transformer.pooler'],
    }),
    ...linearEntries(`fusion.projections.${image}`, 'mmbt.modal_encoder.proj_embeddings'),
    ...linearEntries(classifier, 'classifier'),
  ],
  ignores: [
    'mmbt.modal_encoder.encoder.*',
    'mmbt.modal_encoder.*_embeddings.weight',
    'mmbt.modal_encoder.LayerNorm.*',
    '*position_ids',
  ],
});
