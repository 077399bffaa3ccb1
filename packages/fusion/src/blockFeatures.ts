// One vector for each modality, for fusions that do not join tokens. Shapes: B batch, N tokens of one block, E encoder width.
import { div, expandDims, max, maximum, mul, reshape, sum, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { ShapeError, type ModalityShape, type TokenBlock } from '@tessera/core';

/** Numbers in a modality's vector: N·E for blocks of fixed length, else E. */
export const featureWidth = ({ fixedLength, maxTokens, tokenWidth }: ModalityShape): number =>
  fixedLength ? maxTokens * tokenWidth : tokenWidth;

/**
 * One vector for each block: one of fixed length is flattened to [B, N·E], one of varying length is averaged over its real
 * tokens to [B, E]; an absent modality gives zeros.
 * @param where - the fusion's name, for messages
 * @throws ShapeError when the blocks are not those of the modalities
 */
export function blockFeatures(
  where: string,
  modalities: readonly ModalityShape[],
  blocks: readonly TokenBlock[],
): Tensor2D[] {
  if (blocks.length !== modalities.length) {
    throw new ShapeError(`${where}: one block for each of ${modalities.length} modalities, got ${blocks.length}.`);
  }
  return modalities.map((modality, i) => featuresOf(where, modality, blocks[i] as TokenBlock));
}

function featuresOf(where: string, shape: ModalityShape, { tokens, mask }: TokenBlock): Tensor2D {
  const { modality, fixedLength, maxTokens, tokenWidth } = shape;
  const [batch, length, width] = tokens.shape;
  if (width !== tokenWidth || (fixedLength && length !== maxTokens)) {
    throw new ShapeError(
      `${where}: tokens of ${modality} must be [B, ${fixedLength ? maxTokens : 'N'}, ${tokenWidth}], got [${tokens.shape.join(', ')}].`,
    );
  }
  return tidy(() => {
    const real = mul(tokens, expandDims(mask, 2)); // [B, N, E]
    if (fixedLength) return reshape(real, [batch, length * width]);
    return div<Tensor2D>(sum(real, 1), maximum(sum(mask, 1, true), 1));
  });
}

/** [B, 1]: 1 where the modality has a real token, 0 where it is absent. */
export const presenceOf = ({ mask }: TokenBlock): Tensor2D => max<Tensor2D>(mask, 1, true);
