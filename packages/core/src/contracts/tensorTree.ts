import { Tensor } from '@tensorflow/tfjs-core';

/** A plain structure, objects and arrays, whose leaves are tensors or JSON values. */
export type TensorTree =
  | Tensor
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly TensorTree[]
  | { readonly [name: string]: TensorTree };

/** A tree taken apart. */
export interface FlatTree<T> {
  /** The tensors in the order of the tree. */
  readonly tensors: readonly Tensor[];
  /** The rest as JSON: structure, other leaves, and each tensor's type and shape. Equal text: equal but for values. */
  readonly skeleton: string;
  /** The same tree with other tensors, as many and in the same order. */
  rebuild(tensors: readonly Tensor[]): T;
}

/**
 * Takes a tree apart into its tensors and the rest. T is not bound to {@link TensorTree}, which no interface satisfies.
 * @throws TypeError for a leaf that is neither a tensor nor JSON; entries of objects that are undefined are left out
 */
export function flattenTree<T>(tree: T): FlatTree<T> {
  const tensors: Tensor[] = [];
  const skeleton = JSON.stringify(
    mapLeaves(tree, '', (leaf) => {
      if (!(leaf instanceof Tensor)) return plainLeaf(leaf);
      tensors.push(leaf);
      return { $tensor: leaf.dtype, shape: leaf.shape };
    }),
  );
  const rebuild = (others: readonly Tensor[]): T => {
    if (others.length !== tensors.length) {
      throw new RangeError(`flattenTree: rebuild needs ${tensors.length} tensors, got ${others.length}.`);
    }
    let next = 0;
    return mapLeaves(tree, '', (leaf) => (leaf instanceof Tensor ? others[next++] : leaf)) as T;
  };
  return { tensors, skeleton, rebuild };
}

type Leaf = Tensor | string | number | boolean | null;

/** Numbers that JSON has no text for. */
const plainLeaf = (leaf: Exclude<Leaf, Tensor>): unknown =>
  typeof leaf === 'number' && (!Number.isFinite(leaf) || Object.is(leaf, -0))
    ? { $number: Object.is(leaf, -0) ? '-0' : String(leaf) }
    : leaf;

function mapLeaves(tree: unknown, path: string, convert: (leaf: Leaf) => unknown): unknown {
  if (tree === null || tree instanceof Tensor) return convert(tree);
  if (typeof tree === 'string' || typeof tree === 'number' || typeof tree === 'boolean') return convert(tree);
  if (Array.isArray(tree)) return tree.map((item, i) => mapLeaves(item, `${path}[${i}]`, convert));
  if (isPlainObject(tree)) {
    const entries = Object.entries(tree).filter(([, value]) => value !== undefined);
    return Object.fromEntries(entries.map(([name, value]) => [name, mapLeaves(value, `${path}.${name}`, convert)]));
  }
  throw new TypeError(
    `flattenTree: a leaf must be a tensor or a JSON value, got ${typeof tree} at ${path || 'the root'}.`,
  );
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
