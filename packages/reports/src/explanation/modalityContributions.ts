// What each modality of one sample contributes to what the heads say, by exact Shapley values over what the model is shown.
import { DataError, ShapeError, type Head, type Model, type PreparedSample } from '@tessera/core';
import { shapleyValues } from './shapleyValues.js';

/** What of a model contributions need; every built model has it, whatever its types. */
export type ContributionModel = Pick<Model, 'encoders' | 'heads' | 'logits'>;

/** What each modality contributes to the outputs of one head: C probabilities or values. */
export interface HeadContributions {
  readonly targetKind: Head['targetKind'];
  readonly labels: readonly string[];
  /** Scores without any modality. */
  readonly none: readonly number[];
  /** What `none` stands for, in words. */
  readonly noneIs: string;
  /** Scores with every modality of the sample. */
  readonly full: readonly number[];
  /** By modality of the sample: its share in `full` − `none`, output by output. They sum to it. */
  readonly modalities: Readonly<Record<string, readonly number[]>>;
  /** What the head predicts of the whole sample, as positions in `labels`: the class, the labels (or the likeliest), all values. */
  readonly predicted: readonly number[];
}

/** How contributions are computed. */
export interface ContributionOptions {
  /** By head: scores without any modality, such as the shares of classes in the training data. */
  readonly none?: Readonly<Record<string, readonly number[]>>;
}

const maxModalities = 10;
const batchSize = 32;

/**
 * Contributions of a sample's modalities, by head. The model is shown every subset of them, the others absent as they are
 * for any sample that lacks them. A model refuses a sample with nothing present, so that the value without any modality is
 * set: what a head's logits of 0 mean, unless `none` says otherwise. Heads that compare pairs are left out.
 * @throws DataError beyond 10 modalities in the sample; ShapeError when `none` does not suit a head.
 */
export async function modalityContributions(
  model: ContributionModel,
  sample: PreparedSample,
  { none = {} }: ContributionOptions = {},
): Promise<Record<string, HeadContributions>> {
  const names = [...model.encoders.keys()].filter((name) => sample.inputs[name] !== undefined);
  if (names.length > maxModalities) {
    throw new DataError(
      `${sample.origin}: contributions are computed over every subset of at most ${maxModalities} modalities, got ${names.length}. Explain a sample with fewer.`,
    );
  }
  const logits = await subsetLogits(model, sample, names);
  const heads = [...model.heads].filter(([, { head }]) => head.targetKind !== 'pair');
  return Object.fromEntries(
    heads.map(([name, { head }]) => {
      const rows = logits.map((row) => row[name] ?? new Float32Array(head.numOutputs));
      return [name, headContributions(head, names, { rows, none: noneOf(head, name, none[name]) })];
    }),
  );
}

/** Logits of every subset that is not empty, by its bits − 1: bit i is the modality `names[i]`. */
async function subsetLogits(
  model: ContributionModel,
  sample: PreparedSample,
  names: readonly string[],
): Promise<Record<string, Float32Array>[]> {
  const shown = Array.from({ length: 2 ** names.length - 1 }, (_, i) => {
    const kept = names.filter((_name, bit) => (i + 1) & (1 << bit));
    return { ...sample, targets: {}, inputs: Object.fromEntries(kept.map((name) => [name, sample.inputs[name]])) };
  });
  const rows: Record<string, Float32Array>[] = [];
  for (let start = 0; start < shown.length; start += batchSize)
    rows.push(...(await model.logits(shown.slice(start, start + batchSize))));
  return rows;
}

interface NoneScores {
  readonly scores: readonly number[];
  readonly meaning: string;
}

function noneOf(head: Head, name: string, given?: readonly number[]): NoneScores {
  if (given && given.length !== head.numOutputs) {
    throw new ShapeError(
      `modalityContributions: none.${name} needs a score for each of the head's outputs, ${head.numOutputs}, got none.${name}.length=${given.length}. Give them in the order of its labels.`,
    );
  }
  if (given) return { scores: given, meaning: 'as given' };
  return { scores: [...head.scores(new Float32Array(head.numOutputs))], meaning: meaningOfZero[head.targetKind] };
}

/** What logits of 0 mean. */
const meaningOfZero: Readonly<Record<Head['targetKind'], string>> = {
  'class-index': 'every class equally likely',
  'multi-hot': 'every label as likely as not',
  real: 'logits of 0',
  pair: 'no embedding',
};

function headContributions(
  head: Head,
  names: readonly string[],
  { rows, none }: { readonly rows: readonly Float32Array[]; readonly none: NoneScores },
): HeadContributions {
  const values = [none.scores, ...rows.map((row) => [...head.scores(row)])];
  const shares = shapleyValues(names.length, values);
  const full = values.at(-1) ?? [];
  return {
    targetKind: head.targetKind,
    labels: head.labels,
    none: none.scores,
    noneIs: none.meaning,
    full,
    modalities: Object.fromEntries(names.map((name, i) => [name, shares[i] ?? []])),
    predicted: predictedOutputs(head, rows.at(-1) ?? new Float32Array(head.numOutputs), full),
  };
}

function predictedOutputs(head: Head, logits: Float32Array, scores: readonly number[]): number[] {
  const encoded = head.encodePrediction(logits);
  if (head.targetKind === 'class-index') return [...encoded];
  if (head.targetKind === 'real') return head.labels.map((_, c) => c);
  const named = encoded.flatMap((value, c) => (value > 0.5 ? [c] : []));
  return named.length > 0 ? named : [scores.indexOf(Math.max(...scores))];
}
