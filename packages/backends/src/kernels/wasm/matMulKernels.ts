// Matrix products: B is packed (transposed on the way where asked), A is read where it lies; a transposed A without
// transposed B is summed as outer products. Legend: M rows, I inner, O columns.
import { broadcast_util, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { input, sizes, wasmKernel, type KernelCall } from './wasmKernel.js';
import type { WasmContext } from './wasmContext.js';

const FLOAT = 4;

/** Bytes of a packed [inner, columns] matrix. */
export const packedBytes = (inner: number, columns: number): number => Math.ceil(columns / 8) * 8 * inner * FLOAT;

/** One product C = op(A)·op(B), all by address, row-major. */
interface Product {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Address of O floats added to every row, or 0. Not with transposeA. */
  readonly bias: number;
}

interface Sizes {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Columns of B that are packed at once, which bounds the scratch memory of wide products. */
const COLUMN_BLOCK = 2048;

function scratchBytes({ functions }: WasmContext, { rows, inner, transposeA, ...size }: Sizes): number {
  const columns = Math.min(size.columns, COLUMN_BLOCK);
  return transposeA
    ? functions.outerWork(inner, columns)
    : functions.rowsWork(rows, inner) + packedBytes(inner, columns);
}

/** Runs one product with `scratch` of the size above; C of a product with transposeA must hold zeros. */
function multiply(context: WasmContext, scratch: number, size: Sizes, product: Product): void {
  for (let first = 0; first < size.columns; first += COLUMN_BLOCK) {
    multiplyColumns(context, scratch, size, product, first, Math.min(COLUMN_BLOCK, size.columns - first));
  }
}

/** The columns from `first` on of one product. */
function multiplyColumns(
  { functions }: WasmContext,
  scratch: number,
  size: Sizes,
  p: Product,
  first: number,
  count: number,
): void {
  const { rows, inner, columns, transposeA, transposeB } = size;
  const rowBytes = columns * FLOAT;
  const b = p.b + first * FLOAT * (transposeB ? inner : 1);
  const c = p.c + first * FLOAT;
  if (transposeA) {
    functions.gemmOuter(p.a, 0, rows * FLOAT, b, 0, rowBytes, inner, 0, 1, rows, count, c, rowBytes, scratch);
    return;
  }
  const packed = scratch + functions.rowsWork(rows, inner);
  const bias = p.bias ? p.bias + first * FLOAT : 0;
  const [innerStride, columnStride] = transposeB ? [1, inner] : [columns, 1];
  functions.pack(b, packed, inner, count, innerStride, columnStride, inner);
  functions.gemmRows(p.a, 0, inner * FLOAT, rows, 0, 1, inner, packed, inner, count, c, 0, rowBytes, bias, scratch);
}

const linear = wasmKernel('TesseraLinear', ({ inputs, context }) => {
  const [x, weight, bias] = [input({ inputs }, 'x'), input({ inputs }, 'weight'), inputs['bias']];
  const [rows = 0, inner = 0] = sizes(x, 2);
  const size = { rows, inner, columns: weight.shape[1] ?? 0, transposeA: false, transposeB: false };
  const y = context.output([rows, size.columns]);
  multiply(context, context.scratch(scratchBytes(context, size)), size, {
    a: context.address(x),
    b: context.address(weight),
    c: context.address(y),
    bias: bias ? context.address(bias) : 0,
  });
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
  return batches(call, a, b);
});

function batches({ context, attributes }: KernelCall<MatMulAttributes>, a: TensorInfo, b: TensorInfo): TensorInfo {
  const { transposeA, transposeB } = attributes;
  const [rows = 0, inner = 0] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 0;
  const batchShape = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batchShape, rows, columns];
  const c = transposeA ? context.zeros(shape) : context.output(shape);
  const size = { rows, inner, columns, transposeA, transposeB };
  const scratch = context.scratch(scratchBytes(context, size));
  const [aBatch, bBatch] = [batchOffsets(a, batchShape), batchOffsets(b, batchShape)];
  aBatch.forEach((aIndex, batch) =>
    multiply(context, scratch, size, {
      a: context.address(a) + aIndex * rows * inner * FLOAT,
      b: context.address(b) + (bBatch[batch] ?? 0) * inner * columns * FLOAT,
      c: context.address(c) + batch * rows * columns * FLOAT,
      bias: 0,
    }),
  );
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
  const size = { rows, inner, columns, transposeA: false, transposeB: attributes.transposeB };
  const y = context.output([1, rows, columns]);
  multiply(context, context.scratch(scratchBytes(context, size)), size, {
    a: context.address(a),
    b: context.address(b),
    c: context.address(y),
    bias: bias ? context.address(bias) : 0,
  });
  return y;
});

/** Matrix products. */
export const matMulKernels = [linear, batchMatMul, fusedMatMul];
