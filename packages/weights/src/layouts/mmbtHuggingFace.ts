import type { Layout } from '../layout.js';
import { bertEntries, linearEntries } from './bertEntries.js';
import type { MmbtNames } from './mmbtOriginal.js';

/**
 * Hugging Face's `MMBTForClassification`, without the encoder of the other modality, which is the caller's there. The
 * tables repeated below `mmbt.modal_encoder` are aliases.
 */
export const mmbtHuggingFace = ({ image, classifier }: MmbtNames): Layout => ({
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
});
