// Kernels that move values without computing: reshape, slice, concatenate, look up.
import {
  addN,
  backend_util,
  batchToSpaceND,
  concat,
  gather,
  greaterEqual,
  cast,
  maximum,
  mul,
  pad,
  reshape,
  reverse,
  scalar,
  slice,
  slice_util,
  spaceToBatchND,
  split,
  stack,
  sum,
  transpose,
  unsortedSegmentSum,
  unstack,
  util,
  type GradConfig,
  type Rank,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { attribute, savedAt, type GradientTable } from './gradientTable.js';

type Pairs = Array<[number, number]>;

const padGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => {
    const begin = attribute<Pairs>(attributes, 'paddings').map(([before]) => before);
    return { x: () => slice(dy as Tensor, begin, savedAt(saved, 0).shape) };
  },
};

const sliceGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => {
    const x = savedAt(saved, 0);
    const [begin = [], size = []] = slice_util.parseSliceParams(
      x,
      attribute<number[]>(attributes, 'begin'),
      attribute<number[]>(attributes, 'size'),
    );
    const paddings = x.shape.map((length, axis): [number, number] => {
      const [start = 0, count = 0] = [begin[axis], size[axis]];
      return [start, length - start - count];
    });
    return { x: () => pad(dy as Tensor, paddings) };
  },
};

/** Rows looked up along one axis get their gradients summed by index. */
const gatherGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['x', 'indices'],
  gradFunc: (dy, saved, attributes) => {
    const [x, indices] = [savedAt(saved, 0), savedAt(saved, 1)];
    const [axis = 0] = util.parseAxisParam(attribute<number>(attributes, 'axis'), x.shape);
    if (attribute<number | undefined>(attributes, 'batchDims')) {
      throw new Error('gradients: tf.gather with batchDims has no gradient. Gather each batch entry by itself.');
    }
    const derivative = (): Tensor => {
      const outer = x.shape.slice(0, axis);
      const flat = reshape(dy as Tensor, [...outer, indices.size, ...x.shape.slice(axis + 1)]);
      const toFront = [axis, ...x.shape.keys()].filter((at, i) => i === 0 || at !== axis);
      const moved = axis === 0 ? flat : transpose(flat, toFront);
      const total = unsortedSegmentSum(moved, reshape<Rank.R1>(indices, [indices.size]), x.shape[axis] ?? 0);
      return axis === 0 ? total : transpose(total, backend_util.getUndoAxesPermutation(toFront));
    };
    return { x: derivative, indices: () => indices };
  },
};

/** The parts of each repetition along every axis, added up. */
const tileGradient: Omit<GradConfig, 'kernelName'> = {
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attributes) => {
    const { shape } = savedAt(saved, 0);
    const apart = attribute<number[]>(attributes, 'reps').flatMap((count, axis) => [count, shape[axis] ?? 1]);
    return {
      x: () =>
        sum(
          reshape(dy as Tensor, apart),
          Array.from(shape.keys(), (axis) => 2 * axis),
        ),
    };
  },
};

/** Gradients of kernels that move values. */
export const shapeGradients: GradientTable = {
  PadV2: padGradient,
  MirrorPad: padGradient,
  Slice: sliceGradient,
  GatherV2: gatherGradient,
  Tile: tileGradient,
  Reshape: {
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => ({ x: () => reshape(dy as Tensor, savedAt(saved, 0).shape) }),
  },
  ExpandDims: {
    inputsToSave: ['input'],
    gradFunc: (dy, saved) => ({ input: () => reshape(dy as Tensor, savedAt(saved, 0).shape) }),
  },
  Transpose: {
    gradFunc: (dy, _saved, attributes) => {
      const undo = backend_util.getUndoAxesPermutation(attribute<number[]>(attributes, 'perm'));
      return { x: () => transpose(dy as Tensor, undo) };
    },
  },
  Concat: {
    saveAllInputs: true,
    gradFunc: (dy, saved, attributes) => {
      const [axis = 0] = util.parseAxisParam(attribute<number>(attributes, 'axis'), savedAt(saved, 0).shape);
      const parts = split(
        dy as Tensor,
        saved.map(({ shape }) => shape[axis] ?? 0),
        axis,
      );
      return Object.fromEntries(parts.map((part, index) => [index, () => part]));
    },
  },
  SplitV: {
    gradFunc: (dy, _saved, attributes) => ({ x: () => concat(dy as Tensor[], attribute<number>(attributes, 'axis')) }),
  },
  Pack: {
    saveAllInputs: true,
    gradFunc: (dy, _saved, attributes) => {
      const parts = unstack(dy as Tensor, attribute<number>(attributes, 'axis'));
      return Object.fromEntries(parts.map((part, index) => [index, () => part]));
    },
  },
  Unpack: {
    gradFunc: (dy, _saved, attributes) => ({
      value: () => stack(dy as Tensor[], attribute<number>(attributes, 'axis')),
    }),
  },
  Reverse: {
    gradFunc: (dy, _saved, attributes) => {
      const axes = util.parseAxisParam(attribute<number[]>(attributes, 'dims'), (dy as Tensor).shape);
      return { x: () => reverse(dy as Tensor, axes) };
    },
  },
  BroadcastTo: {
    inputsToSave: ['x'],
    gradFunc: (dy, saved) => {
      const { shape } = savedAt(saved, 0);
      const axes = shape.flatMap((size, axis) => (size === (dy as Tensor).shape[axis] ? [] : [axis]));
      return { x: () => sum(dy as Tensor, axes, true) };
    },
  },
  SpaceToBatchND: {
    gradFunc: (dy, _saved, attributes) => ({
      x: () =>
        batchToSpaceND(
          dy as Tensor,
          attribute<number[]>(attributes, 'blockShape'),
          attribute<number[][]>(attributes, 'paddings'),
        ),
    }),
  },
  BatchToSpaceND: {
    gradFunc: (dy, _saved, attributes) => ({
      x: () =>
        spaceToBatchND(
          dy as Tensor,
          attribute<number[]>(attributes, 'blockShape'),
          attribute<number[][]>(attributes, 'crops'),
        ),
    }),
  },
  AddN: {
    saveAllInputs: true,
    gradFunc: (dy, saved) => Object.fromEntries(saved.map((_, index) => [index, () => addN([dy as Tensor])])),
  },
  UnsortedSegmentSum: {
    inputsToSave: ['segmentIds'],
    gradFunc: (dy, saved) => ({ x: () => gatherPresent(dy as Tensor, savedAt(saved, 0)) }),
  },
};

/** Rows by id, and zeros where the id is negative. */
function gatherPresent(x: Tensor, ids: Tensor): Tensor {
  const rows = gather(x, maximum(ids, scalar(0, 'int32')));
  const present = cast(greaterEqual(ids, scalar(0, 'int32')), 'float32');
  return mul(rows, reshape(present, [...ids.shape, ...x.shape.slice(1).map(() => 1)]));
}
