// The symmetric contrastive loss of CLIP. Shapes: B batch, C = 2P outputs, P numbers of an embedding.
import {
  add,
  expandDims,
  logSumExp,
  matMul,
  mul,
  slice,
  sub,
  sum,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { defineLoss, ShapeError, type Loss, type LossContext } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { z } from 'zod';
import { equalWeights } from './perSampleLoss.js';

/** What is added to the score of a sample that is no candidate. */
const never = -1e9;

/**
 * For each sample of the batch the mean of two cross entropies: which of the batch's second sides belongs to its first,
 * and which first to its second. Source: Radford et al., arXiv 2103.00020; InfoNCE: van den Oord et al., arXiv
 * 1807.03748. Samples that lack a side are no candidates. All others of the batch count as different, also
 * where two have the same target, as in CLIP.
 */
export class InfoNceLoss implements Loss {
  readonly targetKind = 'pair';

  constructor(private readonly numOutputs: number) {}

  /**
   * @param logits - [B, 2P]: two embeddings, whose products are scores
   * @param present - [B]: 1 for samples with both sides; all if left out
   */
  terms(
    logits: Tensor2D,
    _targets: Tensor,
    present?: Tensor1D,
  ): { readonly perSample: Tensor1D; readonly weight: Tensor1D } {
    const [batch, width] = logits.shape;
    if (width !== this.numOutputs || width % 2 !== 0) {
      throw new ShapeError(`InfoNceLoss: logits must be [B, ${this.numOutputs}], got [${logits.shape.join(', ')}].`);
    }
    return tidyRecord(() => {
      const [first, second] = [0, width / 2].map((at) => slice(logits, [0, at], [batch, width / 2])) as [
        Tensor2D,
        Tensor2D,
      ];
      const scores = matMul(first, second, false, true); // [B, B]
      const own = sum(mul(first, second), 1); // [B]: the diagonal
      const barred = present ? mul(sub(1, present), never) : zeros([batch]); // [B]
      const toSecond = logSumExp(add(scores, expandDims(barred, 0)), 1);
      const toFirst = logSumExp(add(scores, expandDims(barred, 1)), 0);
      const perSample = sub(mul(add(toSecond, toFirst), 0.5), own) as Tensor1D;
      return { perSample, weight: equalWeights(logits) };
    });
  }
}

/** The loss `info-nce`, for pairs. */
export const infoNce = defineLoss({
  name: 'info-nce',
  summary: 'Symmetric contrastive loss over the pairs of a batch (CLIP).',
  config: z.strictObject({}),
  create: (_options, _services, { numOutputs }: LossContext) => new InfoNceLoss(numOutputs),
});
