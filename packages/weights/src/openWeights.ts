// Weights as a model's parameters: a file of any known layout, mapped to the paths of the model that starts from it.
import { CheckpointError, type InitialRequest, type InitialSource } from '@tessera/core';
import { findLayout, isOwnName, knownLayout, layoutNames } from './knownLayouts.js';
import { foreignName, isIgnored, ourPath, readThroughLayout, type Layout } from './layout.js';
import { openTensors } from './openTensors.js';
import type { TensorFile } from './tensorFile.js';

/**
 * Opens weights for the parameters below a path. Names that start as a model's own are taken as they are.
 * @throws CheckpointError when the file cannot be read or follows no known layout
 */
export function openWeights(location: string, request: InitialRequest): InitialSource {
  return mapWeights(openTensors(location), request);
}

/** An open file as parameters. It is closed with them. */
export function mapWeights(file: TensorFile, { prefix, layout: asked }: InitialRequest): InitialSource {
  const names = [...file.tensors.keys()];
  if (asked === undefined && names.some(isOwnName)) return ownWeights(file, prefix);
  if (asked !== undefined) knownLayout(asked, file.description);
  const found = findLayout(names, asked);
  if (!found) throw unknownLayout(file, asked);
  const layout = found.known.layout({ path: rootOf(prefix) }, found.prefix);
  const used = new Set<string>();
  const source = readThroughLayout(layout, { description: file.description, read: (name) => noted(file, name, used) });
  return {
    ...source,
    layout: layout.name,
    covers: (path) => foreignName(layout, path) !== undefined,
    unused: () => names.filter((name) => !used.has(name) && !isIgnored(layout, name) && concerns(layout, name, prefix)),
    close: () => file.close(),
  };
}

/** Weights under a model's own paths: those of a run. */
export function ownWeights(file: TensorFile, prefix: string): InitialSource {
  const used = new Set<string>();
  return {
    description: file.description,
    read: (path) => noted(file, path, used),
    unused: () => [...file.tensors.keys()].filter((name) => !used.has(name) && isBelow(name, prefix)),
    close: () => file.close(),
  };
}

function noted(file: TensorFile, name: string, used: Set<string>): ReturnType<TensorFile['read']> {
  const given = file.read(name);
  if (given) used.add(name);
  return given;
}

const isBelow = (path: string, prefix: string): boolean =>
  prefix === '' || path === prefix || path.startsWith(`${prefix}.`);

/** Whether a name is of parameters below a path, or of none that is known. */
function concerns(layout: Layout, name: string, prefix: string): boolean {
  const path = ourPath(layout, name);
  return path === undefined ? prefix === rootOf(prefix) : isBelow(path, prefix);
}

/** Where a BERT or ResNet stands whose parameters below a path are asked for. */
function rootOf(prefix: string): string {
  const [, modality] = /^modalities\.(\w+)/.exec(prefix) ?? [];
  if (modality !== undefined) return `modalities.${modality}.encoder`;
  return /^fusion(\.|$)/.test(prefix) ? 'fusion' : prefix;
}

function unknownLayout({ description, tensors }: TensorFile, asked: string | undefined): CheckpointError {
  const first = [...tensors.keys()].slice(0, 3).join(', ');
  const wanted = asked ?? `one of ${layoutNames()}`;
  return new CheckpointError(
    `${description}: the names in it must follow a known layout (${wanted}), got ${tensors.size} arrays such as ${first}. \`tessera weights inspect\` lists them.`,
  );
}
