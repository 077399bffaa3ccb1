import type { z } from 'zod';
import type { Dataset, DatasetRequest } from './contracts/dataset.js';
import type { Encoder } from './contracts/encoder.js';
import type { Fusion, ModalityShape, ViewShape } from './contracts/fusion.js';
import type { Head, Loss, Metric, TargetKind, TargetStatistics } from './contracts/objective.js';
import type { Optimizer, Schedule } from './contracts/optimization.js';
import type { ParameterScope } from './contracts/parameters.js';
import type { BatchTensors } from './contracts/tokens.js';
import { pluginInterface } from './pluginInterface.js';
import type { Needs, Services, Token } from './token.js';

/** The kinds of part a plugin may define. */
export type PartKind = 'encoder' | 'fusion' | 'head' | 'loss' | 'metric' | 'optimizer' | 'schedule' | 'dataset';

/** Text files a part learned from training data or read from disk (a vocabulary, label names), by file name. */
export type Assets = Readonly<Record<string, string>>;

/** An encoder that stands among the options of another, such as the one of pictures that encodes a video's frames. */
export interface EncoderSlot {
  /** What it encodes; one that declares another medium is refused when the spec is read. */
  readonly medium: Medium;
  /** One line for messages and the JSON Schema. */
  readonly summary: string;
}

/** Encoders that an encoder asks for, by option. */
export type EncoderSlots = Readonly<Record<string, EncoderSlot>>;

/** What an encoder encodes. A plugin may name others. */
export type Medium = 'text' | 'image' | 'audio' | 'video' | (string & Record<never, never>);

/** What every part is told when it is created. */
export interface PartContext {
  /** Where the part stands in the spec, for messages: `modalities.image`. */
  readonly path: string;
}

/** What an encoder is told when it is created. */
export interface EncoderContext extends PartContext {
  /** The modality's name in the spec. */
  readonly modality: string;
  /** Scope of the encoder's parameters: `modalities.<name>.encoder`. */
  readonly parameters: ParameterScope;
  readonly assets: Assets;
}

/** The encoders that a part asked for, built, by option; without any where it asked for none. */
export interface InnerEncoders<TEncoders extends EncoderSlots> {
  readonly encoders: { readonly [K in keyof TEncoders]: Encoder };
}

/** What a fusion is told when it is created. */
export interface FusionContext extends PartContext {
  /** Scope `fusion`. */
  readonly parameters: ParameterScope;
  /** The modalities in declared order. */
  readonly modalities: readonly ModalityShape[];
}

/** What a fusion's provided services are told when they are created: before the encoders, after nothing. */
export interface ProviderContext extends PartContext {
  readonly parameters: ParameterScope;
}

/** What a head is told when it is created. */
export interface HeadContext extends PartContext {
  /** Scope `heads.<name>`. */
  readonly parameters: ParameterScope;
  /** W, the width of the joint state. */
  readonly inputWidth: number;
  /** What a head that reads views finds in the state; only such heads get it. */
  readonly views?: readonly ViewShape[];
  readonly assets: Assets;
}

/** What a loss is told when it is created. */
export interface LossContext extends PartContext {
  readonly numOutputs: number;
  /** What the head's targets are: a loss that serves several kinds goes by it. */
  readonly targetKind: TargetKind;
  /** Names of the outputs. */
  readonly labels: readonly string[];
  readonly statistics: TargetStatistics;
}

/** What a dataset is told when it is created. */
export interface DatasetContext extends PartContext {
  readonly request: DatasetRequest;
}

/** What `fit` learns from: raw values of the training split and files named in the config. */
export interface FitSource {
  readonly path: string;
  /** Folder that relative file names start from. */
  readonly baseFolder: string;
  /** Raw training values, in order; undefined where no training data is at hand. */
  readonly values?: Iterable<unknown>;
  /** Told how much is done of what takes a while, such as reading a large file by bytes; absent where nobody looks. */
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/** Which context each kind of part gets. */
export interface ContextByKind {
  encoder: EncoderContext;
  fusion: FusionContext;
  head: HeadContext;
  loss: LossContext;
  metric: PartContext;
  optimizer: PartContext;
  schedule: PartContext;
  dataset: DatasetContext;
}

/** A part's definition: plain data that a plugin lists and a spec names. */
export interface Definition<
  TKind extends PartKind = PartKind,
  TName extends string = string,
  TSchema extends z.ZodObject = z.ZodObject,
  TPart = unknown,
  TEncoders extends EncoderSlots = EncoderSlots,
> {
  readonly kind: TKind;
  /** The name a spec uses. */
  readonly name: TName;
  /** One line for listings. */
  readonly summary: string;
  /** The part's options; unknown keys are refused. Defaults stand here only. */
  readonly config: TSchema;
  /** Services the part asks for. */
  readonly needs: Needs;
  /** Services the part provides to others of the same model (fusions only). */
  readonly provides: readonly Provider[];
  /** `file`: a raw input may be a path, which datasets resolve and check. */
  readonly input: 'file' | 'value';
  /** What an encoder encodes, for encoders that ask for one of that medium; they take one that says nothing too. */
  readonly medium?: Medium;
  /** Encoders that an encoder asks for; each stands among its options, under the key of its slot. */
  readonly encoders: TEncoders;
  /** `views`: the head reads each modality's own features, and needs a fusion that keeps them apart (heads only). */
  readonly reads: 'pooled' | 'views';
  /** `sample`: the head makes its targets of the samples themselves, and the data need no label for it (heads only). */
  readonly targets: 'label' | 'sample';
  /** `encoder`: all modalities with this encoder and equal options are fitted together (a shared vocabulary). */
  readonly fitScope: 'modality' | 'encoder';
  /** The options that `fit` goes by: only these need to be equal for fitting together. All if left out. */
  readonly fitOptions?: readonly string[];
  /**
   * Learns or reads the text files that the part needs (vocabulary, labels). It gets those of its needs that the
   * workbench itself provides, such as a decoder. Throws SpecError when it cannot.
   */
  fit?(config: z.output<TSchema>, source: FitSource, services?: never): Promise<Assets>;
  /** Creates the part. */
  create(config: z.output<TSchema>, services: never, context: never): TPart;
}

/** A service that a fusion provides under its own config. */
export interface Provider {
  readonly token: Token<unknown>;
  create(config: never, context: ProviderContext): unknown;
}

/** What an author writes for a part of kind TKind. */
export interface DefinitionInput<
  TKind extends PartKind,
  TName extends string,
  TSchema extends z.ZodObject,
  TNeeds extends Needs,
  TPart,
  TEncoders extends EncoderSlots = EncoderSlots,
> {
  name: TName;
  summary: string;
  config: TSchema;
  needs?: TNeeds;
  provides?: readonly { token: Token<unknown>; create(config: z.output<TSchema>, context: ProviderContext): unknown }[];
  input?: 'file' | 'value';
  medium?: Medium;
  encoders?: TEncoders;
  reads?: 'pooled' | 'views';
  targets?: 'label' | 'sample';
  fitScope?: 'modality' | 'encoder';
  fitOptions?: readonly (string & keyof z.output<TSchema>)[];
  fit?(config: z.output<TSchema>, source: FitSource, services: Partial<Services<TNeeds>>): Promise<Assets>;
  create(
    config: z.output<TSchema>,
    services: Services<TNeeds>,
    context: ContextByKind[TKind] & InnerEncoders<TEncoders>,
  ): TPart;
}

/** Takes what an author writes for a part and returns its definition; names, options and needs are inferred. */
export type Define<TKind extends PartKind, TPart> = <
  const TName extends string,
  TSchema extends z.ZodObject,
  TNeeds extends Needs = Readonly<Record<never, never>>,
  TEncoders extends EncoderSlots = Readonly<Record<never, never>>,
>(
  input: DefinitionInput<TKind, TName, TSchema, TNeeds, TPart, TEncoders>,
) => Definition<TKind, TName, TSchema, TPart, TEncoders>;

const define =
  <TKind extends PartKind, TPart>(kind: TKind): Define<TKind, TPart> =>
  (input) =>
    // An author's functions take the part's own config, services and context; a definition hides them from callers.
    ({
      ...{
        needs: {},
        provides: [],
        input: 'value',
        encoders: {},
        reads: 'pooled',
        targets: 'label',
        fitScope: 'modality',
      },
      ...input,
      kind,
    }) as never;

/** Defines an encoder of raw inputs TRaw: `defineEncoder<string>()({ name, config, create })`. */
export const defineEncoder = <TRaw, TPrepared = unknown, TBatch extends BatchTensors = BatchTensors>(): Define<
  'encoder',
  Encoder<TRaw, TPrepared, TBatch>
> => define('encoder');
/** Defines a head with raw labels TTarget and predictions TPrediction. */
export const defineHead = <TTarget, TPrediction>(): Define<'head', Head<TTarget, TPrediction>> => define('head');
/** Defines a fusion. */
export const defineFusion: Define<'fusion', Fusion> = define('fusion');
/** Defines a loss. */
export const defineLoss: Define<'loss', Loss> = define('loss');
/** Defines a metric. */
export const defineMetric: Define<'metric', Metric> = define('metric');
/** Defines an optimizer. */
export const defineOptimizer: Define<'optimizer', Optimizer> = define('optimizer');
/** Defines a learning-rate schedule. */
export const defineSchedule: Define<'schedule', Schedule> = define('schedule');
/** Defines a dataset. */
export const defineDataset: Define<'dataset', Dataset | Promise<Dataset>> = define('dataset');

/** Any definition. */
export type AnyDefinition = Definition;

/** A named list of parts. */
export interface Plugin<TComponents extends readonly AnyDefinition[] = readonly AnyDefinition[]> {
  readonly name: string;
  /** Version of the contracts that it was written for; `definePlugin` says it. */
  readonly interface?: string;
  readonly components: TComponents;
}

/** Declares a plugin; keeps the literal types of its parts, so that specs and samples can be inferred from them. */
export const definePlugin = <const TComponents extends readonly AnyDefinition[]>(
  plugin: Plugin<TComponents>,
): Plugin<TComponents> => ({ interface: pluginInterface, ...plugin });
