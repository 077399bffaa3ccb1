// Attention rollout: Abnar and Zuidema 2020, Quantifying Attention Flow in Transformers (arXiv 2005.00928), section 3.
// Shapes: S joined sequence.
import { add, div, matMul } from '@tensorflow/tfjs-core';
import type { PreparedSample } from '@tessera/core';
import { readAttention, type ClsAttention, type ExplainedModel } from './attentionPass.js';

/**
 * How much of each input token reaches [CLS] through all layers: the row of [CLS] in Â_L · … · Â_1, where Â = (A + I) / 2
 * counts the residual connection beside a layer's attention A, mean over heads. Rows of A sum to 1, so that those of Â
 * do. Padding and absent tokens, which no real token reads, get exactly 0.
 * @throws SpecError under a fusion without one attention over all tokens.
 */
export const attentionRollout = (model: ExplainedModel, sample: PreparedSample): Promise<ClsAttention> =>
  readAttention(model, sample, {
    key: 'rollout',
    needs: 'attention rollout needs',
    // One row of the product is enough: it is multiplied from the left, last layer first.
    read: (attentions, start) =>
      attentions.reduceRight((row, attention) => div(add(matMul(row, attention), row), 2), start),
  });
