import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { showValue, type AssetsByPath } from '@tessera/core';
import { placeFolder } from '@tessera/data';
import { openSaved, type OpenCheckpoint } from '@tessera/training';
import { convertTensors, type LazyTensor } from '@tessera/weights';
import type { CommandContext } from '../commandContext.js';
import { UsageError } from '../usageError.js';
import { placeOf, report, requireFree, writeTensors, type ConvertFlags } from './weightsConvert.js';

/** Flags of `tessera weights export`. */
export interface ExportFlags extends ConvertFlags {
  readonly layout: string;
}

/** Writes parameters of a run as PyTorch has them. */
export async function runExport({ terminal }: CommandContext, run: string, flags: ExportFlags): Promise<void> {
  requireFree(flags.to, flags);
  const saved = openSaved(run);
  saved.close();
  const file = saved.openParameters();
  try {
    const part = flags.part ?? partFor(flags.layout, saved.spec);
    const result = convertTensors(file, { to: flags.layout, place: placeOf(flags, part) });
    const to = join(flags.to, 'model.safetensors');
    const files = await placeFolder(resolve(flags.to), {
      replace: flags.overwrite === true,
      write: async (folder) => {
        await writeTensors(terminal, join(folder, 'model.safetensors'), { tensors: result.tensors, title: to });
        return flags.layout === 'bert' ? writeBert(folder, { saved, part, tensors: result.tensors }) : [];
      },
    });
    report(terminal, { ...result, to, files, json: flags.json === true });
  } finally {
    file.close();
  }
}

type Options = Readonly<Record<string, unknown>>;
interface SavedSpec {
  readonly fusion: Options;
  readonly modalities: Readonly<Record<string, Options>>;
}

/** The one part of a run that a layout fits. Throws UsageError where several do, or none. */
function partFor(layout: string, spec: unknown): string {
  const { fusion, modalities } = spec as SavedSpec;
  const encoders = Object.entries(modalities);
  const withEncoder = (fits: (name: string) => boolean): string[] =>
    encoders.filter(([, { encoder }]) => fits(String(encoder))).map(([name]) => `modalities.${name}.encoder`);
  if (!layout.startsWith('bert') && !layout.startsWith('resnet')) return '';
  const parts = layout.startsWith('bert')
    ? [...(fusion['type'] === 'bitransformer' ? ['fusion'] : []), ...withEncoder((name) => name === 'bert')]
    : withEncoder((name) => name.startsWith('resnet'));
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  throw new UsageError(
    `--part: must say which part is exported as ${layout}, got nothing where the run has ${only === undefined ? 'none that it fits' : parts.join(' and ')}.`,
  );
}

/** Writes what transformers needs beside a BERT's weights; returns the names of the files. */
function writeBert(
  folder: string,
  { saved, part, tensors }: { saved: OpenCheckpoint; part: string; tensors: readonly LazyTensor[] },
): string[] {
  const { fusion, modalities } = saved.spec as SavedSpec;
  const modality = /^modalities\.(\w+)/.exec(part)?.[1];
  const options = modality === undefined ? fusion : (modalities[modality] ?? {});
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(bertConfig(options, tensors), undefined, 2)}\n`);
  const vocabulary = vocabularyOf(saved.assets, modality);
  for (const [name, text] of Object.entries(vocabulary)) writeFileSync(join(folder, name), text);
  return ['config.json', ...Object.keys(vocabulary)];
}

/** The configuration that transformers reads. Sizes come from the arrays, the rest from the spec. */
function bertConfig(options: Options, tensors: readonly LazyTensor[]): Record<string, unknown> {
  const rows = (name: string): number => tensors.find((tensor) => tensor.name === name)?.shape[0] ?? 0;
  return {
    architectures: ['BertModel'],
    model_type: 'bert',
    hidden_act: 'gelu',
    hidden_size: wholeOption(options, 'hiddenSize'),
    num_hidden_layers: wholeOption(options, 'numLayers'),
    num_attention_heads: wholeOption(options, 'numHeads'),
    intermediate_size: rows('encoder.layer.0.intermediate.dense.weight'),
    layer_norm_eps: options['layerNormEpsilon'],
    hidden_dropout_prob: options['dropoutRate'],
    attention_probs_dropout_prob: options['attentionDropoutRate'],
    vocab_size: rows('embeddings.word_embeddings.weight'),
    max_position_embeddings: rows('embeddings.position_embeddings.weight'),
    type_vocab_size: rows('embeddings.token_type_embeddings.weight'),
  };
}

function wholeOption(options: Options, name: string): number {
  const value = options[name];
  if (typeof value === 'number') return value;
  throw new UsageError(
    `--part: the part must be a BERT with ${name}, got ${showValue(value)}. Name another with --part.`,
  );
}

/** The vocabulary of a BERT, or of the text that shares the fusion's word table. */
function vocabularyOf(assets: AssetsByPath, modality: string | undefined): Readonly<Record<string, string>> {
  const candidates = Object.entries(assets).filter(
    ([path]) => modality === undefined || path === `modalities.${modality}`,
  );
  const held = candidates.map(([, texts]) => texts).find((texts) => 'vocab.txt' in texts || 'tokenizer.json' in texts);
  return held ?? {};
}
