import { linearAxes, type LayoutEntry } from '../layout.js';

/** What stands before the names of BERT's three parts; of several prefixes the first is written, any read. */
export interface BertPrefixes {
  readonly embeddings: readonly string[];
  readonly encoder: readonly string[];
  readonly pooler: readonly string[];
}

const table = (ours: string, theirs: string): LayoutEntry => ({ ours: `${ours}.weight`, theirs: `${theirs}.weight` });

const linear = (ours: string, theirs: string): LayoutEntry[] => [
  { ours: `${ours}.weight`, theirs: `${theirs}.weight`, axes: linearAxes },
  { ours: `${ours}.bias`, theirs: `${theirs}.bias` },
];

/** `gamma` and `beta` are the names in files converted from TensorFlow. */
const norm = (ours: string, theirs: string): LayoutEntry[] => [
  { ours: `${ours}.weight`, theirs: [`${theirs}.weight`, `${theirs}.gamma`] },
  { ours: `${ours}.bias`, theirs: [`${theirs}.bias`, `${theirs}.beta`] },
];

const embeddings: readonly LayoutEntry[] = [
  table('embeddings.word', 'word_embeddings'),
  table('embeddings.position', 'position_embeddings'),
  table('embeddings.segment', 'token_type_embeddings'),
  ...norm('embeddings.norm', 'LayerNorm'),
];

const encoder: readonly LayoutEntry[] = [
  ...linear('layers.{i}.attention.query', 'layer.{i}.attention.self.query'),
  ...linear('layers.{i}.attention.key', 'layer.{i}.attention.self.key'),
  ...linear('layers.{i}.attention.value', 'layer.{i}.attention.self.value'),
  ...linear('layers.{i}.attention.output', 'layer.{i}.attention.output.dense'),
  ...norm('layers.{i}.attention.norm', 'layer.{i}.attention.output.LayerNorm'),
  ...linear('layers.{i}.feedForward.intermediate', 'layer.{i}.intermediate.dense'),
  ...linear('layers.{i}.feedForward.output', 'layer.{i}.output.dense'),
  ...norm('layers.{i}.feedForward.norm', 'layer.{i}.output.LayerNorm'),
];

const pooler: readonly LayoutEntry[] = linear('pooler', 'dense');

/** BERT's parameters below `ours` (a path; empty for the root) and below prefixes of Hugging Face's names. */
export function bertEntries(ours: string, theirs: BertPrefixes): LayoutEntry[] {
  const path = ours === '' ? '' : `${ours}.`;
  const prefixed = (entries: readonly LayoutEntry[], prefixes: readonly string[]): LayoutEntry[] =>
    entries.map((entry) => ({
      ...entry,
      ours: `${path}${entry.ours}`,
      theirs: prefixes.flatMap((prefix) => [entry.theirs].flat().map((name) => `${prefix}.${name}`)),
    }));
  return [
    ...prefixed(embeddings, theirs.embeddings),
    ...prefixed(encoder, theirs.encoder),
    ...prefixed(pooler, theirs.pooler),
  ];
}

/** A linear layer's parameters. */
export const linearEntries = linear;
