// Where the [CLS] token's attention fell. Shapes: S joined sequence.
import { addN, div, matMul, type Tensor2D } from '@tensorflow/tfjs-core';
import type { PreparedSample } from '@tessera/core';
import { readAttention, type ClsAttention, type ExplainedModel } from './attentionPass.js';

/**
 * The attention of [CLS] (the joint sequence's first real token) over every token, mean over the heads.
 * @param layers - `last` (the layer the prediction is read from) or `all` (mean over layers)
 * @throws SpecError under a fusion without attention.
 */
export const clsAttention = (
  model: ExplainedModel,
  sample: PreparedSample,
  layers: 'last' | 'all' = 'last',
): Promise<ClsAttention> =>
  readAttention(model, sample, {
    key: layers,
    needs: 'attention of [CLS] needs',
    read: (attentions, start) => {
      const used = layers === 'last' ? attentions.slice(-1) : attentions;
      const fromCls = used.map((attention): Tensor2D => matMul(start, attention)); // [1, S]
      return div(addN(fromCls), used.length);
    },
  });
