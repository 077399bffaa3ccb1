// From one layout to another, tensor by tensor, by way of a model's own names.
import { CheckpointError } from '@tessera/core';
import { findLayout, isOwnName, knownLayout, type LayoutPlace } from './knownLayouts.js';
import {
  ourTensor,
  transposedTensor,
  writeThroughLayout,
  type ForeignTensors,
  type Layout,
  type LazyTensor,
} from './layout.js';
import type { TensorFile } from './tensorFile.js';

/** A file's tensors as they are, read when their turn comes. */
const lazyTensors = (file: TensorFile): LazyTensor[] =>
  [...file.tensors].map(([name, { shape }]) => ({
    name,
    shape,
    values: () => file.read(name)?.values ?? new Float32Array(0),
  }));

/**
 * A file's tensors under a model's own names and axes. Those without a place are listed, a classifier that the layout
 * ignores too. `layout` undefined: the names are a model's own already.
 */
function ownTensors(file: TensorFile, layout: Layout | undefined): ForeignTensors {
  const given = lazyTensors(file);
  if (!layout) return { tensors: given, unnamed: [] };
  const tensors: LazyTensor[] = [];
  const unnamed: string[] = [];
  for (const tensor of given) {
    const ours = ourTensor(layout, tensor.name);
    if (ours) tensors.push(transposedTensor({ ...tensor, name: ours.path }, ours.axes));
    else if (!isMadeAnew(tensor.name)) unnamed.push(tensor.name);
  }
  return { tensors, unnamed };
}

/** Counters and indices that PyTorch's modules make themselves. */
const isMadeAnew = (name: string): boolean => /(^|\.)(num_batches_tracked|position_ids)$/.test(name);

/** What {@link convertTensors} is to do. */
export interface Conversion {
  /** Layout of the result, or `own` for a model's own names; the file's names and axes if left out. */
  readonly to?: string;
  /** Where the parameters stand in a model. */
  readonly place: LayoutPlace;
}

/** A file's tensors in another layout. Throws CheckpointError when its own is not known. */
export function convertTensors(file: TensorFile, { to, place }: Conversion): ForeignTensors {
  if (to === undefined) return { tensors: lazyTensors(file), unnamed: [] };
  const target = to === 'own' ? undefined : knownLayout(to, 'weights').layout(place);
  const own = ownTensors(file, sourceLayout(file, place));
  if (!target) return own;
  const written = writeThroughLayout(target, own.tensors);
  return { tensors: written.tensors, unnamed: [...own.unnamed, ...written.unnamed] };
}

/** The layout of a file, or undefined for a model's own names. */
function sourceLayout(file: TensorFile, place: LayoutPlace): Layout | undefined {
  const names = [...file.tensors.keys()];
  if (names.some(isOwnName)) return undefined;
  const found = findLayout(names);
  if (found) return found.known.layout(place, found.prefix);
  throw new CheckpointError(
    `${file.description}: the names in it must follow a known layout to be converted to another, got ${names.slice(0, 3).join(', ')}. Leave --layout out to keep them.`,
  );
}
