// Shapes: B batch, N tokens of one block, E encoder width.
import { expandDims, mul, type Scalar } from '@tensorflow/tfjs-core';
import {
  inferenceContext,
  type AnyDefinition,
  type Assets,
  type BatchShape,
  type Encoder,
  type ForwardContext,
  type ParameterSource,
  type ParameterStore,
  type TokenBlock,
} from '@tessera/core';
import { tidyRecord } from '@tessera/layers';
import { readTensors, weightedSum, type TensorReading } from '../checks/tensorReading.js';
import { expectThat } from '../expectations.js';
import { checkedOptions, createIn, homeOf, type Fault, type TrainedSetting } from '../parts/partSetting.js';

/** How an encoder is tried. */
export interface EncoderCase<TRaw = unknown> extends TrainedSetting {
  /**
   * At least three raw inputs that differ. Where the number of tokens varies, of different lengths, an empty one and one
   * beyond maxTokens among them.
   */
  readonly samples: readonly TRaw[];
  /** Raw inputs that `prepare` must refuse. */
  readonly faults: readonly Fault[];
  /** Vocabularies and the like; learned from the samples if left out. */
  readonly assets?: Assets;
  /** Folder that file names in the options start from; the current one if left out. */
  readonly baseFolder?: string;
  /** Whether training changes the inputs at random; false if left out. */
  readonly augments?: boolean;
}

/** What {@link encoderContract} looks at. */
export interface EncoderSubject extends Pick<
  EncoderCase,
  'samples' | 'faults' | 'augments' | 'smooth' | 'withoutGradient'
> {
  readonly encoder: Encoder;
  readonly parameters: ParameterStore;
  /** Scope of its own parameters. */
  readonly path: string;
  /** The same encoder from its saved parameters and text files. */
  restored(source: ParameterSource): Promise<EncoderSubject>;
  dispose(): void;
}

/**
 * Creates an encoder, which first learns what it has to from the case's samples.
 * @param saved - values of its parameters, which start anew if left out
 */
export async function encoderSubject(
  definition: AnyDefinition,
  given: EncoderCase,
  saved?: ParameterSource,
): Promise<EncoderSubject> {
  const { faults, augments, smooth = true, withoutGradient, baseFolder = '.' } = given;
  const samples = structuredClone(given.samples); // so that an encoder that writes to one is found in each test
  expectThat(samples.length >= 3, `${definition.name}: a case must have 3 samples or more, got ${samples.length}.`);
  const home = homeOf(definition, given, saved);
  const [path, modality] = ['modalities.contract', 'contract'];
  const source = { path, baseFolder, values: samples };
  const assets =
    given.assets ?? (await definition.fit?.(checkedOptions(definition, given), source, home.services as never)) ?? {};
  const parameters = home.parameters.scope(`${path}.encoder`);
  const created = await createIn<Encoder, 'encoder'>(home, definition, given, { path, modality, parameters, assets });
  return {
    ...created,
    encoder: created.part,
    restored: (values) => encoderSubject(definition, { ...given, assets: savedText(assets) }, values),
    path: parameters.path,
    samples,
    faults,
    augments,
    smooth,
    withoutGradient,
  };
}

/** Text files as a checkpoint gives them back. */
export const savedText = (assets: Assets): Assets => JSON.parse(JSON.stringify(assets)) as Assets;

/** A block that was read. */
export interface BlockReading {
  readonly tokens: TensorReading;
  readonly mask: TensorReading;
  readonly parts?: TensorReading;
}

/** All samples of the case, prepared without augmentation. */
export const prepareAll = ({ encoder, samples }: EncoderSubject): Promise<unknown[]> =>
  Promise.all(samples.map((raw) => encoder.prepare(raw, {})));

/** Collates and encodes, in one tidy. */
export const encodeBatch = (encoder: Encoder, items: readonly unknown[], context: ForwardContext): TokenBlock =>
  tidyRecord(() => encoder.encode(encoder.collate(items), context));

/** Collates, encodes and reads, as in prediction. */
export const readBlock = (encoder: Encoder, items: readonly unknown[], shape?: BatchShape): Promise<BlockReading> =>
  readTensors(() => ({ ...tidyRecord(() => encoder.encode(encoder.collate(items, shape), inferenceContext())) }));

/** A scalar that depends on every real token. */
export function tokenSum(encoder: Encoder, items: readonly unknown[], context: ForwardContext): Scalar {
  const { tokens, mask } = encodeBatch(encoder, items, context);
  return weightedSum(mul(tokens, expandDims(mask, 2)));
}

/** The real tokens of a block's sample, one after the other. */
export function realTokens({ tokens, mask }: BlockReading, sample: number): readonly number[] {
  const [, length = 0, width = 0] = tokens.shape;
  return Array.from({ length }, (_, n) => sample * length + n)
    .filter((n) => mask.values[n] === 1)
    .flatMap((n) => tokens.values.slice(n * width, (n + 1) * width));
}

/** How many real tokens each sample of a block has. */
export function realCounts({ mask }: BlockReading): readonly number[] {
  const [batch = 0, length = 0] = mask.shape;
  return Array.from({ length: batch }, (_, i) =>
    mask.values.slice(i * length, (i + 1) * length).reduce((total, real) => total + real, 0),
  );
}
