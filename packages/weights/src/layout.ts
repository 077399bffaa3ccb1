// A layout says how the parameters of a model are named and stored in foreign files: pure data, one entry for each kind
// of parameter. `{i}` and `{block}` stand for a whole number, `{modality}` and `{head}` for a name of the spec, the same on
// both sides.
import { fitsPattern, type ParameterSource, type ShapedValues } from '@tessera/core';
import { lazyValues, valuesOf } from './lazyValues.js';
import { gatherStrided, rowMajorStrides } from './strides.js';

/** How one kind of parameter is named here and there. */
export interface LayoutEntry {
  /** Parameter path, such as `fusion.layers.{i}.attention.query.weight`. */
  readonly ours: string;
  /** Foreign name, such as `encoder.layer.{i}.attention.self.query.weight`; of several the first is written, any read. */
  readonly theirs: string | readonly string[];
  /** Which of their axes each of ours is: ours = transpose(theirs, axes). The same order if left out. */
  readonly axes?: readonly number[];
}

/** Names of a model's parameters in a foreign file. */
export interface Layout {
  /** What the layout is of, for messages. */
  readonly name: string;
  readonly entries: readonly LayoutEntry[];
  /** Foreign names that stand for nothing here, such as counters and heads of pretraining; `*` stands for any characters. */
  readonly ignores?: readonly string[];
}

/** An array by its name, read or computed when its turn comes. */
export interface LazyTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: () => Promise<Float32Array> | Float32Array;
}

/** What {@link writeThroughLayout} gives. */
export interface ForeignTensors {
  readonly tensors: readonly LazyTensor[];
  /** Paths that the layout has no name for. */
  readonly unnamed: readonly string[];
}

/** Axes of a linear weight: PyTorch's [O, I] ↔ ours [I, O]. */
export const linearAxes: readonly number[] = [1, 0];

/** Axes of a convolution filter: PyTorch's [Co, Ci, kH, kW] ↔ ours [kH, kW, Ci, Co]. */
export const convolutionAxes: readonly number[] = [2, 3, 1, 0];

/** Foreign tensors under the names and axes of our parameters; each is read and reordered when asked for. */
export function readThroughLayout(layout: Layout, tensors: ParameterSource): ParameterSource {
  return {
    description: tensors.description,
    read: (path) => {
      for (const { ours, theirs, axes } of layout.entries) {
        for (const name of namesOf(theirs)) {
          const foreign = translate(path, ours, name);
          const given = foreign === undefined ? undefined : tensors.read(foreign);
          if (given) return axes ? transposed(given, axes) : given;
        }
      }
      return undefined;
    },
  };
}

/** Our parameters (named by their paths) under foreign names and axes, for a file that others read. */
export function writeThroughLayout(layout: Layout, parameters: readonly LazyTensor[]): ForeignTensors {
  const tensors: LazyTensor[] = [];
  const unnamed: string[] = [];
  for (const parameter of parameters) {
    const found = findName(layout, parameter.name);
    if (found) tensors.push(renamed(parameter, found.name, found.axes));
    else unnamed.push(parameter.name);
  }
  return { tensors, unnamed };
}

/** The foreign name of a parameter path, or undefined when the layout has none. */
export const foreignName = (layout: Layout, path: string): string | undefined => findName(layout, path)?.name;

/** The parameter path of a foreign name, or undefined when the layout does not know it. */
export const ourPath = (layout: Layout, name: string): string | undefined => ourTensor(layout, name)?.path;

/** The parameter path of a foreign name with the axes that lead to it, or undefined. */
export function ourTensor(
  layout: Layout,
  name: string,
): { readonly path: string; readonly axes?: readonly number[] } | undefined {
  for (const { ours, theirs, axes } of layout.entries) {
    for (const pattern of namesOf(theirs)) {
      const path = translate(name, pattern, ours);
      if (path !== undefined) return { path, ...(axes && { axes }) };
    }
  }
  return undefined;
}

const namesOf = (theirs: LayoutEntry['theirs']): readonly string[] => (typeof theirs === 'string' ? [theirs] : theirs);

/** Whether a foreign name stands for nothing here, and is known not to. */
export const isIgnored = (layout: Layout, name: string): boolean =>
  (layout.ignores ?? []).some((pattern) => fitsPattern(name, pattern));

function findName(layout: Layout, path: string): { name: string; axes?: readonly number[] } | undefined {
  for (const { ours, theirs, axes } of layout.entries) {
    const name = translate(path, ours, namesOf(theirs)[0] ?? '');
    if (name !== undefined) return { name, ...(axes && { axes }) };
  }
  return undefined;
}

function renamed(parameter: LazyTensor, name: string, axes: readonly number[] | undefined): LazyTensor {
  return transposedTensor(
    { ...parameter, name },
    axes?.map((_, axis) => axes.indexOf(axis)),
  );
}

/** A tensor whose axis `i` is axis `axes[i]` of the given one, reordered when its turn comes. */
export function transposedTensor(tensor: LazyTensor, axes: readonly number[] | undefined): LazyTensor {
  if (!axes) return tensor;
  const { name, shape } = tensor;
  return {
    name,
    shape: axes.map((axis) => shape[axis] ?? 1),
    values: async () => transpose(await tensor.values(), shape, axes),
  };
}

/** `text` with its numbers moved from one pattern to another, or undefined when it does not fit the first. */
function translate(text: string, from: string, to: string): string | undefined {
  const match = matcher(from).exec(text);
  return match ? to.replace(/\{(\w+)\}/g, (_, key: string) => match.groups?.[key] ?? '') : undefined;
}

const matchers = new Map<string, RegExp>();

/** What placeholders that are no numbers stand for. */
const placeholders: Readonly<Record<string, string>> = { modality: '\\w+', head: '\\w+' };

/** `a.{i}.b` → /^a\.(?<i>\d+)\.b$/ */
function matcher(pattern: string): RegExp {
  let known = matchers.get(pattern);
  if (!known) {
    const escaped = pattern
      .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
      .replace(/\{(\w+)\}/g, (_, key: string) => `(?<${key}>${placeholders[key] ?? '\\d+'})`);
    known = new RegExp(`^${escaped}$`);
    matchers.set(pattern, known);
  }
  return known;
}

/** Axis `i` of the result is axis `axes[i]` of the given one, whose values are read and reordered when they are asked for. */
function transposed(given: ShapedValues, axes: readonly number[]): ShapedValues {
  const { shape, stored } = given;
  const newShape = axes.map((axis) => shape[axis] ?? 1);
  if (stored && !stored.axes && axes.at(-1) === 0) return valuesOf(newShape, { ...stored, axes });
  return lazyValues(newShape, () => transpose(given.values, shape, axes));
}

function transpose(values: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const strides = rowMajorStrides(shape);
  return gatherStrided(
    values,
    axes.map((axis) => shape[axis] ?? 1),
    axes.map((axis) => strides[axis] ?? 0),
  );
}
