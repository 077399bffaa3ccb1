// Shapes: B batch, N tokens of one block, E encoder width.
import { Tensor, tensor2d, tensor3d, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  inferenceContext,
  type AnyDefinition,
  type ForwardContext,
  type FusedState,
  type Fusion,
  type ModalityShape,
  type ParameterSource,
  type ParameterStore,
  type TokenBlock,
} from '@tessera/core';
import { randomNumbers, readTensors, type TensorReading } from '../checks/tensorReading.js';
import { createIn, homeOf, type TrainedSetting } from '../parts/partSetting.js';

/** How a fusion is tried. */
export interface FusionCase extends TrainedSetting {
  /** The modalities it joins; {@link exampleModalities} if left out. */
  readonly modalities?: readonly ModalityShape[];
}

/** What {@link fusionContract} looks at. */
export interface FusionSubject extends Pick<FusionCase, 'smooth' | 'withoutGradient'> {
  readonly fusion: Fusion;
  readonly parameters: ParameterStore;
  readonly modalities: readonly ModalityShape[];
  /** The same fusion from its saved parameters. */
  restored(source: ParameterSource): Promise<FusionSubject>;
  dispose(): void;
}

/** A grid of four regions, and up to six words in two parts. */
export const exampleModalities: readonly ModalityShape[] = [
  { modality: 'grid', tokenWidth: 6, maxTokens: 4, fixedLength: true, tokenSpace: 'encoder', numParts: 1 },
  { modality: 'words', tokenWidth: 5, maxTokens: 6, fixedLength: false, tokenSpace: 'encoder', numParts: 2 },
];

/**
 * Creates a fusion with the services that it provides itself.
 * @param saved - values of its parameters, which start anew if left out
 */
export async function fusionSubject(
  definition: AnyDefinition,
  given: FusionCase,
  saved?: ParameterSource,
): Promise<FusionSubject> {
  const { modalities = exampleModalities, smooth = true, withoutGradient } = given;
  const under = { definition, ...(given.options && { options: given.options }) };
  const home = homeOf(definition, { ...given, under }, saved);
  const parameters = home.parameters.scope('fusion');
  const created = await createIn<Fusion, 'fusion'>(home, definition, given, { path: 'fusion', parameters, modalities });
  const restored = (values: ParameterSource) => fusionSubject(definition, given, values);
  return { ...created, fusion: created.part, restored, modalities, smooth, withoutGradient };
}

/** What the blocks of a batch are like. */
export interface BlockOptions {
  /** Padding after the longest sample of each block whose length varies; 0 if left out. */
  readonly padding?: number;
  /** Names of modalities that no sample has. */
  readonly absent?: readonly string[];
  /** Seed of what stands at masked tokens; 1 if left out. */
  readonly maskedSeed?: number;
  /** The samples to take, in this order, of three; all if left out. */
  readonly samples?: readonly number[];
}

/** Real tokens of three samples, as a share of maxTokens; varying blocks leave room for two tokens of padding. */
const shares = [1, 0.5, 0.75];

/** Blocks of random tokens for three samples, which are the same whatever the options. Call it inside a tidy. */
export function exampleBlocks(modalities: readonly ModalityShape[], options: BlockOptions = {}): TokenBlock[] {
  const { padding = 0, absent = [], maskedSeed = 1, samples = [0, 1, 2] } = options;
  return modalities.map((shape, index) => {
    const longest = shape.fixedLength ? shape.maxTokens : Math.max(1, shape.maxTokens - 2);
    const length = shape.fixedLength ? longest : Math.min(shape.maxTokens, longest + padding);
    const lengths = shares.map((share) => (shape.fixedLength ? longest : Math.max(1, Math.floor(share * longest))));
    const real = samples.map((sample) => (absent.includes(shape.modality) ? 0 : (lengths[sample] ?? 0)));
    const mask = real.map((count) => Array.from({ length }, (_, n) => Number(n < count)));
    const parts = mask.map((row) => row.map((on, n) => (on && 2 * n >= longest ? shape.numParts - 1 : 0)));
    return {
      tokens: tokensOf({ samples, real, length, width: shape.tokenWidth, seed: 100 * index, maskedSeed }),
      mask: tensor2d(mask, [samples.length, length], 'float32'),
      ...(shape.numParts > 1 && { parts: tensor2d(parts, [samples.length, length], 'int32') }),
    };
  });
}

interface TokensRequest {
  readonly samples: readonly number[];
  readonly real: readonly number[];
  readonly length: number;
  readonly width: number;
  readonly seed: number;
  readonly maskedSeed: number;
}

/** Random tokens by sample and place; those of masked ones by `maskedSeed` too, and larger. */
function tokensOf({ samples, real, length, width, seed, maskedSeed }: TokensRequest): Tensor3D {
  const rows = samples.map((sample, i) =>
    Array.from({ length }, (_, n) => {
      const masked = n >= (real[i] ?? 0);
      return randomNumbers(width, `${seed} ${sample} ${n} ${masked ? maskedSeed : 'real'}`, masked ? 10 : 1);
    }),
  );
  return tensor3d(rows, [samples.length, length, width], 'float32');
}

/** Joins {@link exampleBlocks}. Call it inside a tidy. */
export const fuseExample = (
  { fusion, modalities }: FusionSubject,
  context: ForwardContext,
  options?: BlockOptions,
): FusedState => fusion.fuse(exampleBlocks(modalities, options), context);

/** The joint state of {@link exampleBlocks}, as in prediction. */
export const pooledOf = async (subject: FusionSubject, options?: BlockOptions): Promise<TensorReading> =>
  (await readTensors(() => ({ pooled: fuseExample(subject, inferenceContext(), options).pooled }))).pooled;

/** All tensors of a block or state. */
export const tensorsOf = (record: TokenBlock | FusedState): Tensor[] => {
  const views = 'views' in record ? (record.views ?? []) : [];
  return [record, ...views]
    .flatMap((part): unknown[] => Object.values(part))
    .flat()
    .filter((value): value is Tensor => value instanceof Tensor);
};
