// Legend: V rows of the table, D width.
import { engine, gather as tfGather, matMul, oneHot, reshape, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { ShapeError } from '@tessera/core';
import { defineKernelOp, hasKernel, single } from './kernelOp.js';
import { shapeText } from './shapeText.js';

/** Sums the rows of `dy` [M, D] into V rows by id; without a segment kernel, by a one-hot product. */
function scatterAdd(dy: Tensor, ids: Tensor, rows: number): Tensor {
  if (hasKernel('UnsortedSegmentSum')) {
    return engine().runKernel('UnsortedSegmentSum', { x: dy, segmentIds: ids }, { numSegments: rows });
  }
  return matMul(oneHot(ids, rows, 1, 0, 'float32'), dy, true, false);
}

const gatherKernel = defineKernelOp<{ readonly rows: number }>({
  name: 'TesseraGather',
  composite: ({ table, ids }) => [tfGather(table as Tensor, ids as Tensor)],
  inputsToSave: ['ids'],
  gradient: ([dy], [ids], { rows }) => ({ table: () => scatterAdd(dy as Tensor, ids as Tensor, rows) }),
});

/**
 * Rows of a table by id, as an embedding look-up.
 * @param table - [V, D] float32
 * @param ids - int32 of any shape, each in [0, V)
 * @returns [...ids.shape, D]
 * @throws ShapeError when the table is no matrix or the ids are no int32
 */
export function gather(table: Tensor, ids: Tensor): Tensor {
  const [rows = 0, width = 0] = table.shape;
  if (table.shape.length !== 2 || ids.dtype !== 'int32') {
    throw new ShapeError(
      `gather: table must be [V, D] and ids int32, got table=${shapeText(table)}, ids ${ids.dtype} ${shapeText(ids)}.`,
    );
  }
  return tidy(() => {
    const flat = reshape(ids, [ids.size]);
    return reshape(single(gatherKernel({ table, ids: flat }, { rows })), [...ids.shape, width]);
  });
}
