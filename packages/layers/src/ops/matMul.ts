import { matMul as tfMatMul, type Tensor } from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { shapeText } from './shapeText.js';

/** Which operands enter transposed in their last two axes. */
export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/**
 * Matrix product over the last two axes; leading axes are batches and must agree (or one of them be 1).
 * @param a - [..., M, I], or [..., I, M] with `transposeA`
 * @param b - [..., I, O], or [..., O, I] with `transposeB`
 * @returns [..., M, O]
 * @throws ShapeError when an operand has fewer than two axes or the inner sizes differ
 */
export function matMul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: MatMulOptions = {}): Tensor {
  if (a.rank < 2 || b.rank < 2) {
    throw new ShapeError(`matMul: operands need two axes or more, got a=${shapeText(a)}, b=${shapeText(b)}.`);
  }
  const innerA = a.shape.at(transposeA ? -2 : -1);
  const innerB = b.shape.at(transposeB ? -1 : -2);
  if (innerA !== innerB) {
    throw new ShapeError(
      `matMul: inner sizes must agree, got a=${shapeText(a)} transposeA=${transposeA}, b=${shapeText(b)} transposeB=${transposeB}.`,
    );
  }
  return tfMatMul(a, b, transposeA, transposeB);
}
