// Matrix products: B is packed (transposed on the way where asked), A is read where it lies; a transposed A without
// transposed B is summed as outer products. Legend: M rows, I inner, O columns.
import { broadcast_util, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { input, sizes, wasmKernel, type KernelCall } from './wasmKernel.js';
import type { WasmContext } from './wasmContext.js';

const FLOAT = 4;
/** Bytes in front of the packed matrix that the row kernel uses for unfinished tiles. */
export const TILE_BYTES = 256;

/** Bytes of a packed [inner, columns] matrix. */
export const packedBytes = (inner: number, columns: number): number => Math.ceil(columns / 8) * 8 * inner * FLOAT;

/** One product C = op(A)·op(B), all by address, row-major. */
export interface Product {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Address of O floats added to every row, or 0. Not with transposeA. */
  readonly bias: number;
}

/** Runs one product; C of a product with transposeA must hold zeros. */
export function multiply(
  { functions, scratch }: { functions: WasmContext['functions']; scratch: number },
  p: Product,
): void {
  const rowBytes = p.columns * FLOAT;
  if (p.transposeA) {
    functions.gemmOuter(p.a, 0, p.rows * FLOAT, p.b, 0, rowBytes, p.inner, p.rows, p.columns, p.c, rowBytes);
    return;
  }
  const packed = scratch + TILE_BYTES;
  const [innerStride, columnStride] = p.transposeB ? [1, p.inner] : [p.columns, 1];
  const aBytes = p.inner * FLOAT;
  functions.pack(p.b, packed, p.inner, p.columns, innerStride, columnStride, p.inner);
  functions.gemmRows(
    p.a,
    0,
    aBytes,
    p.rows,
    0,
    1,
    p.inner,
    packed,
    p.inner,
    p.columns,
    p.c,
    0,
    rowBytes,
    p.bias,
    scratch,
  );
}

const linear = wasmKernel('TesseraLinear', ({ inputs, context }) => {
  const [x, weight] = [input({ inputs }, 'x'), input({ inputs }, 'weight')];
  const [rows = 0, inner = 0] = sizes(x, 2);
  const columns = weight.shape[1] ?? 0;
  const y = context.output([rows, columns]);
  const scratch = context.scratch(TILE_BYTES + packedBytes(inner, columns));
  const bias = inputs['bias'] ? context.address(inputs['bias']) : 0;
  const [a, b, c] = [x, weight, y].map((tensor) => context.address(tensor)) as [number, number, number];
  multiply(
    { functions: context.functions, scratch },
    { a, b, c, rows, inner, columns, transposeA: false, transposeB: false, bias },
  );
  return y;
});

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const batchMatMul = wasmKernel<MatMulAttributes>('BatchMatMul', (call) => {
  const { attributes, original } = call;
  const [a, b] = [input(call, 'a'), input(call, 'b')];
  // Both transposed is rare and only slow in TensorFlow.js' own kernel.
  if (a.dtype !== 'float32' || b.dtype !== 'float32' || (attributes.transposeA && attributes.transposeB))
    return original();
  return product(call, a, b);
});

function product({ context, attributes }: KernelCall<MatMulAttributes>, a: TensorInfo, b: TensorInfo): TensorInfo {
  const { transposeA, transposeB } = attributes;
  const [rows = 0, inner = 0] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 0;
  const batchShape = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batchShape, rows, columns];
  const c = transposeA ? context.zeros(shape) : context.output(shape);
  const scratch = context.scratch(TILE_BYTES + packedBytes(inner, columns));
  const [aStart, bStart, cStart] = [a, b, c].map((tensor) => context.address(tensor)) as [number, number, number];
  const [aBatch, bBatch] = [batchOffsets(a, batchShape), batchOffsets(b, batchShape)];
  for (let batch = 0; batch < aBatch.length; batch++) {
    multiply(
      { functions: context.functions, scratch },
      {
        a: aStart + (aBatch[batch] ?? 0) * rows * inner * FLOAT,
        b: bStart + (bBatch[batch] ?? 0) * inner * columns * FLOAT,
        c: cStart + batch * rows * columns * FLOAT,
        rows,
        inner,
        columns,
        transposeA,
        transposeB,
        bias: 0,
      },
    );
  }
  return c;
}

/** For each batch of the result, which matrix of the operand it takes (axes of size 1 are repeated). */
function batchOffsets({ shape }: TensorInfo, batchShape: readonly number[]): number[] {
  const own = shape.slice(0, -2);
  const count = util.sizeFromShape([...batchShape]);
  const ownCount = util.sizeFromShape(own);
  if (ownCount === count) return Array.from({ length: count }, (_, i) => i);
  const strides = util.computeStrides([...own, 1]);
  return Array.from({ length: count }, (_, i) => {
    const location = util.indexToLoc(i, batchShape.length, util.computeStrides([...batchShape]));
    const shift = batchShape.length - own.length;
    return own.reduce(
      (offset, size, axis) => offset + (size === 1 ? 0 : (location[axis + shift] ?? 0) * (strides[axis] ?? 1)),
      0,
    );
  });
}

interface FusedAttributes extends MatMulAttributes {
  readonly activation: string;
}

const fusedMatMul = wasmKernel<FusedAttributes>('_FusedMatMul', ({ inputs, attributes, context, original }) => {
  const [a, b, bias] = [input({ inputs }, 'a'), input({ inputs }, 'b'), inputs['bias']];
  const plain =
    attributes.activation === 'linear' && !attributes.transposeA && a.shape.length === 3 && a.shape[0] === 1;
  if (!plain || b.shape[0] !== 1 || a.dtype !== 'float32' || (bias && bias.shape.length > 1)) return original();
  const [, rows = 0, inner = 0] = a.shape;
  const columns = b.shape[attributes.transposeB ? 1 : 2] ?? 0;
  const y = context.output([1, rows, columns]);
  const scratch = context.scratch(TILE_BYTES + packedBytes(inner, columns));
  const [aStart, bStart, cStart] = [a, b, y].map((tensor) => context.address(tensor)) as [number, number, number];
  multiply(
    { functions: context.functions, scratch },
    {
      a: aStart,
      b: bStart,
      c: cStart,
      rows,
      inner,
      columns,
      transposeA: false,
      transposeB: attributes.transposeB,
      bias: bias ? context.address(bias) : 0,
    },
  );
  return y;
});

/** Matrix products. */
export const matMulKernels = [linear, batchMatMul, fusedMatMul];
