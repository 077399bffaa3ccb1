import type { Layout } from '../layout.js';
import { bertEntries, linearEntries } from './bertEntries.js';
import { mmbtOriginalResnet } from './torchvisionResnet.js';

/** Which of a model's parts a checkpoint with one picture and one head stands for. */
export interface MmbtNames {
  /** Name of the modality whose tokens are projected: the picture; any if left out. */
  readonly image?: string;
  /** Path of the linear layer that gives the logits; `heads.{head}.output`, any head's, if left out. */
  readonly classifier?: string;
}

/**
 * MMBT as facebookresearch/mmbt saves it, its image encoder included. `enc.clf`, a second head that the authors' code
 * creates and never uses, has no counterpart here, and the tables repeated below `enc.img_embeddings` are aliases.
 */
export const mmbtOriginal = ({ image = '{modality}', classifier = 'heads.{head}.output' }: MmbtNames = {}): Layout => ({
  name: 'facebookresearch/mmbt',
  entries: [
    ...bertEntries('fusion', {
      embeddings: ['enc.txt_embeddings'],
      encoder: ['enc.encoder'],
      pooler: ['enc.pooler'],
    }),
    ...linearEntries(`fusion.projections.${image}`, 'enc.img_embeddings.img_embeddings'),
    ...linearEntries(classifier, 'clf'),
    ...mmbtOriginalResnet(`modalities.${image}.encoder`).entries,
  ],
  ignores: [
    'enc.clf.*',
    'enc.img_embeddings.*_embeddings.weight',
    'enc.img_embeddings.LayerNorm.*',
    '*position_ids',
    '*num_batches_tracked',
  ],
});
