// The layouts that files are looked at for, and how each is told by its names.
import { CheckpointError } from '@tessera/core';
import type { Layout } from './layout.js';
import { huggingFaceBert } from './layouts/huggingFaceBert.js';
import { huggingFaceResnet } from './layouts/huggingFaceResnet.js';
import { huggingFaceWhisper } from './layouts/huggingFaceWhisper.js';
import { mmbtHuggingFace } from './layouts/mmbtHuggingFace.js';
import { mmbtOriginal, type MmbtNames } from './layouts/mmbtOriginal.js';
import { torchvisionResnet } from './layouts/torchvisionResnet.js';

/** Where the parameters of a file stand in a model here. */
export interface LayoutPlace extends MmbtNames {
  /** Path of a BERT's or ResNet's parameters; empty for the root. */
  readonly path: string;
}

/** A layout by name. */
export interface KnownLayout {
  readonly name: string;
  readonly summary: string;
  /** Finds a name that only files of this layout have; group 1 is what stands before all of its names. */
  readonly mark: RegExp;
  /** The layout of parameters at a place; `prefix` as the mark found it. */
  readonly layout: (place: LayoutPlace, prefix?: string) => Layout;
}

/** The known layouts; of several whose marks a file has, the first counts. */
export const knownLayouts: readonly KnownLayout[] = [
  {
    name: 'mmbt',
    summary: 'facebookresearch/mmbt, the image encoder included',
    mark: /^()enc\.txt_embeddings\.word_embeddings\.weight$/,
    layout: (place) => mmbtOriginal(place),
  },
  {
    name: 'mmbt-hf',
    summary: 'Hugging Face MMBT, without the image encoder',
    mark: /^()mmbt\.transformer\.embeddings\.word_embeddings\.weight$/,
    layout: (place) => mmbtHuggingFace(place),
  },
  {
    name: 'bert',
    summary: 'Hugging Face BERT, bare or below bert. or another prefix',
    mark: /^(.*?)embeddings\.word_embeddings\.weight$/,
    layout: ({ path }, prefix = '') => huggingFaceBert(path, prefix),
  },
  {
    name: 'whisper',
    summary: 'Hugging Face Whisper, its encoder',
    mark: /^((?:model\.)?(?:encoder\.)?)conv2\.weight$/,
    layout: ({ path }, prefix) => huggingFaceWhisper(path, prefix),
  },
  {
    name: 'resnet-hf',
    summary: 'Hugging Face ResNet',
    mark: /^(.*?)embedder\.embedder\.convolution\.weight$/,
    layout: ({ path }, prefix = 'resnet.') => huggingFaceResnet(path, prefix),
  },
  {
    name: 'resnet',
    summary: 'torchvision or timm ResNet',
    mark: /^(.*?)layer1\.0\.conv1\.weight$/,
    layout: ({ path }, prefix = '') => torchvisionResnet(path, prefix),
  },
];

/** Names of the known layouts, for messages. */
export const layoutNames = (): string => knownLayouts.map(({ name }) => name).join(', ');

/** The layout of a name. `where` asks for it; throws CheckpointError for an unknown name. */
export function knownLayout(name: string, where: string): KnownLayout {
  const known = knownLayouts.find((layout) => layout.name === name);
  if (known) return known;
  throw new CheckpointError(`${where}: the layout must be one of ${layoutNames()}, got "${name}".`);
}

/** Whether a name is a path of a model's parameters: it needs no layout. */
export const isOwnName = (name: string): boolean => /^(fusion|modalities|heads)\./.test(name);

/** A layout that was found, with the prefix of its names. */
export interface FoundLayout {
  readonly known: KnownLayout;
  readonly prefix: string;
}

/** The layout that a file's names follow, or undefined. `only` asks for one of them. */
export function findLayout(names: Iterable<string>, only?: string): FoundLayout | undefined {
  const all = [...names];
  for (const known of knownLayouts) {
    if (only !== undefined && known.name !== only) continue;
    const marks = all.flatMap((name) => known.mark.exec(name)?.[1] ?? []);
    const [prefix] = marks.sort((a, b) => a.length - b.length);
    if (prefix !== undefined) return { known, prefix };
  }
  return undefined;
}
