import { SpecError } from '@tessera/core';

/**
 * K = hiddenSize / numHeads.
 * @param path - where the options stand in the spec, such as `fusion`
 * @throws SpecError that names the nearest sizes when numHeads does not divide hiddenSize
 */
export function headSizeOf(path: string, hiddenSize: number, numHeads: number): number {
  const headSize = hiddenSize / numHeads;
  if (Number.isInteger(headSize)) return headSize;
  const below = Math.floor(headSize) * numHeads;
  const above = Math.ceil(headSize) * numHeads;
  throw new SpecError([
    {
      path: path ? `${path}.hiddenSize` : 'hiddenSize',
      message:
        `must be divisible by numHeads, got hiddenSize=${hiddenSize}, numHeads=${numHeads}. ` +
        `Use ${below > 0 ? `${below} or ${above}` : above}.`,
    },
  ]);
}
