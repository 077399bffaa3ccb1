/** Steps in row-major order: [2, 3, 4] → [12, 4, 1]. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/** The elements of a strided view in row-major order; the same array where they lie so already. */
export function gatherStrided(
  values: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const plain = rowMajorStrides(shape);
  const isPlain = shape.every((dimension, axis) => dimension === 1 || strides[axis] === plain[axis]);
  if (isPlain && values.length === size) return values;
  const last = shape.length - 1;
  const inner = last < 0 ? 1 : (shape[last] ?? 1);
  const step = last < 0 ? 0 : (strides[last] ?? 0);
  const out = new Float32Array(size);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < size; to += inner) {
    for (let i = 0; i < inner; i++) out[to + i] = values[from + i * step] ?? 0;
    for (let axis = last - 1; axis >= 0; axis--) {
      from += strides[axis] ?? 0;
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      from -= (strides[axis] ?? 0) * (shape[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return out;
}
