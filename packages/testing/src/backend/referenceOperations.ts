// Operations that layers are made of, and what they give, computed in plain JavaScript in float64.
// Legend: R rows, I inputs, O outputs, N tokens, D width.
import { addN, mean, softmax, tensor1d, tensor2d, type Tensor } from '@tensorflow/tfjs-core';
import { attention, conv2d, gather, gelu, layerNorm, linear, matMul } from '@tessera/layers';

/** One operation with the shapes of its inputs, which may be differentiated. */
export interface ReferenceOperation {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  run(...inputs: Tensor[]): Tensor;
  /** The values that it must give. */
  expected(...inputs: (readonly number[])[]): readonly number[];
}

type Numbers = readonly number[];

const at = (x: Numbers, i: number): number => x[i] ?? 0;
const range = (size: number): number[] => Array.from({ length: size }, (_, i) => i);
const total = (x: Numbers): number => x.reduce((sum, value) => sum + value, 0);
/** The rows of a matrix of this width. */
const rows = (x: Numbers, width: number): number[][] =>
  range(x.length / width).map((row) => x.slice(row * width, (row + 1) * width));

/** [R, I] · [I, O] → [R, O] */
const product = (x: Numbers, w: Numbers, [inputs, outputs]: readonly [number, number]): number[] =>
  rows(x, inputs).flatMap((row) =>
    range(outputs).map((o) => total(row.map((value, i) => value * at(w, i * outputs + o)))),
  );

function shares(scores: Numbers): number[] {
  const exponentials = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return exponentials.map((value) => value / total(exponentials));
}

function normalised(row: Numbers): number[] {
  const center = total(row) / row.length;
  const variance = total(row.map((value) => (value - center) ** 2)) / row.length;
  return row.map((value) => (value - center) / Math.sqrt(variance + 1e-5));
}

/** The error function by its series, good for |x| < 4. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** [1, 5, 5, 2] by a filter of [3, 3, 2, 3], stride 2, a border of one zero → [1, 3, 3, 3] */
const convolved = (x: Numbers, filter: Numbers): number[] =>
  range(27).map((i) => {
    const [row, column, output] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
    return total(
      range(18).map((j) => {
        const [down, right, channel] = [Math.floor(j / 6), Math.floor(j / 2) % 3, j % 2];
        const [y, z] = [2 * row + down - 1, 2 * column + right - 1];
        const inside = y >= 0 && y < 5 && z >= 0 && z < 5;
        return inside ? at(x, (y * 5 + z) * 2 + channel) * at(filter, j * 3 + output) : 0;
      }),
    );
  });

/** Two heads of width 2 over three tokens, the last of which is padding. */
const attended = (q: Numbers, k: Numbers, v: Numbers): number[] =>
  rows(q, 4).flatMap((query) =>
    range(4).map((column) => {
      const head = column < 2 ? [0, 1] : [2, 3];
      const scores = [0, 1].map((key) => total(head.map((c) => at(query, c) * at(k, key * 4 + c))) / Math.SQRT2);
      return total(shares(scores).map((share, key) => share * at(v, key * 4 + column)));
    }),
  );

const ids = [2, 0, 2, 1, 2];

export const referenceOperations: readonly ReferenceOperation[] = [
  {
    name: 'matMul',
    shapes: [
      [3, 5],
      [5, 4],
    ],
    run: (x, w) => matMul(x as Tensor, w as Tensor),
    expected: (x = [], w = []) => product(x, w, [5, 4]),
  },
  {
    name: 'linear',
    shapes: [[2, 3, 5], [5, 4], [4]],
    run: (x, w, b) => linear(x as Tensor, w as Tensor, b),
    expected: (x = [], w = [], b = []) => product(x, w, [5, 4]).map((value, i) => value + at(b, i % 4)),
  },
  {
    name: 'softmax',
    shapes: [[3, 5]],
    run: (x) => softmax(x as Tensor),
    expected: (x = []) => rows(x, 5).flatMap(shares),
  },
  {
    name: 'layerNorm',
    shapes: [[3, 6], [6], [6]],
    run: (x, scale, offset) => layerNorm(x as Tensor, scale as Tensor, offset as Tensor, 1e-5),
    expected: (x = [], scale = [], offset = []) =>
      rows(x, 6).flatMap((row) => normalised(row).map((value, i) => value * at(scale, i) + at(offset, i))),
  },
  {
    name: 'gelu',
    shapes: [[4, 3]],
    run: (x) => gelu(x as Tensor),
    expected: (x = []) => x.map((value) => (value * (1 + erf(value / Math.SQRT2))) / 2),
  },
  {
    name: 'conv2d',
    shapes: [
      [1, 5, 5, 2],
      [3, 3, 2, 3],
    ],
    run: (x, filter) => conv2d(x as Tensor, filter as Tensor, { stride: 2, padding: 1 }),
    expected: (x = [], filter = []) => convolved(x, filter),
  },
  {
    name: 'attention',
    shapes: [
      [1, 3, 4],
      [1, 3, 4],
      [1, 3, 4],
    ],
    run: (q, k, v) =>
      attention(q as Tensor, k as Tensor, v as Tensor, {
        numHeads: 2,
        padMask: tensor2d([[1, 1, 0]], undefined, 'int32'),
      }).context,
    expected: (q = [], k = [], v = []) => attended(q, k, v),
  },
  {
    name: 'gather',
    shapes: [[3, 4]],
    run: (table) => gather(table as Tensor, tensor1d(ids, 'int32')),
    expected: (table = []) => ids.flatMap((id) => table.slice(id * 4, id * 4 + 4)),
  },
  {
    name: 'mean over the first axis',
    shapes: [[7, 3]],
    run: (x) => mean(x as Tensor, 0),
    expected: (x = []) => range(3).map((column) => total(rows(x, 3).map((row) => at(row, column))) / 7),
  },
  {
    name: 'addN of twelve',
    shapes: Array.from({ length: 12 }, () => [5]),
    run: (...inputs) => addN(inputs),
    expected: (...inputs) => range(5).map((i) => total(inputs.map((x) => at(x, i)))),
  },
];
