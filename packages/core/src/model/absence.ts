// What stands for a modality that a sample lacks. Nothing here is read back to JavaScript and no shape depends on who is
// absent, so that a captured step serves every batch. Shapes: B batch, N tokens of one block, E encoder width.
import {
  add,
  expandDims,
  mul,
  onesLike,
  reshape,
  sub,
  tensor2d,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { ForwardContext } from '../contracts/context.js';
import type { TokenBlock } from '../contracts/tokens.js';

/**
 * A block of which absent samples show nothing: all of their tokens are masked, or, given one, a learned token stands
 * first and alone.
 * @param present - [B], 1 where the modality takes part
 * @param standIn - [E], the learned token
 */
export function withoutAbsent(block: TokenBlock, present: Tensor1D, standIn?: Tensor): TokenBlock {
  const here: Tensor2D = expandDims(present, 1); // [B, 1]
  const mask = mul<Tensor2D>(block.mask, here); // [B, N]
  if (!standIn) return { ...block, mask, present: here };
  const [, length, width] = block.tokens.shape;
  const first = tensor2d([Array.from({ length }, (_, i) => (i === 0 ? 1 : 0))]); // [1, N]
  const place = mul<Tensor2D>(sub(1, here), first); // [B, N]
  const stands = mul(expandDims(place, 2), reshape(standIn, [1, 1, width])); // [B, N, E]
  const tokens = add<Tensor3D>(mul(block.tokens, expandDims(here, 2)), stands);
  return { ...block, tokens, mask: add<Tensor2D>(mask, place), present: onesLike(here) };
}

/** The context in which a modality's encoder runs: statistics of a batch leave out the samples that lack it. */
export function encodingContext(context: ForwardContext, modality: string, present: Tensor1D): ForwardContext {
  if (!context.training || context.lackable?.has(modality) === false) return context;
  const { training, wantsAttentions } = context;
  return {
    training,
    wantsAttentions,
    counted: present,
    usesBatchStatistics: (path) => context.usesBatchStatistics(path),
    nextSeed: () => context.nextSeed(),
    updateBuffer: (buffer, value) => context.updateBuffer(buffer, value),
  };
}
