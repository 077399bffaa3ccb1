// What a spec may say, inferred from the plugins in use.
import type { z } from 'zod';
import type { Encoder } from '../contracts/encoder.js';
import type { Head } from '../contracts/objective.js';
import type { AnyDefinition, Definition, PartKind, Plugin } from '../definition.js';
import type { RecipeName } from './recipes.js';
import type { InitialSpec } from './schemas.js';
import type { trainingSchema } from './trainingSchema.js';

/** The union of all parts of a list of plugins. */
export type ComponentOf<TPlugins extends readonly Plugin[]> = TPlugins[number]['components'][number];

type OfKind<C, TKind extends PartKind> = Extract<C, { kind: TKind }>;

/** Read-only at every depth, so that a spec may be written `as const`. */
type Constant<T> = unknown extends T
  ? T
  : T extends readonly unknown[] | object
    ? { readonly [K in keyof T]: Constant<T[K]> }
    : T;

/** zod types an empty object as Record<string, never>, which would forbid the part's own name. */
type Options<TSchema extends z.ZodObject> = string extends keyof z.input<TSchema>
  ? unknown
  : Constant<z.input<TSchema>>;

/** A part's name under `TKey`, with its options, among which encoders out of `TAll` may stand. */
export type Choice<C, TKey extends string, TAll = C> =
  C extends Definition<PartKind, infer TName, infer TSchema, unknown, infer TEncoders>
    ? { readonly [K in TKey]: TName } & Options<TSchema> & InnerChoices<TEncoders, TAll>
    : never;

/** The encoders among a part's options: any that has none itself. */
type InnerChoices<TEncoders, TAll> = string extends keyof TEncoders
  ? unknown
  : { readonly [K in keyof TEncoders]: InnerChoice<TAll> };
type InnerChoice<C> =
  C extends Definition<'encoder', infer TName, infer TSchema, unknown, infer TEncoders>
    ? [keyof TEncoders] extends [never]
      ? { readonly encoder: TName } & Options<TSchema>
      : never
    : never;

/** A part by its bare name, or with options. */
type NamedChoice<C extends AnyDefinition> = C['name'] | Choice<C, 'type'>;

/** Keys that every modality has. */
export interface ModalityCommon {
  /** What stands for it where a sample lacks it: nothing (`mask`, also if left out) or one learned token. */
  readonly absent?: 'mask' | 'token';
}

/** Keys that every head has. */
export interface HeadCommon<C extends AnyDefinition> {
  readonly loss?: NamedChoice<OfKind<C, 'loss'>>;
  readonly weight?: number;
  readonly metrics?: readonly OfKind<C, 'metric'>['name'][];
}

/** `training` of a spec. */
export type TrainingSpec<C extends AnyDefinition> = Constant<z.input<typeof trainingSchema>> & {
  readonly optimizer?: NamedChoice<OfKind<C, 'optimizer'>>;
  readonly schedule?: NamedChoice<OfKind<C, 'schedule'>>;
};

/** A declarative spec of a model, given the parts C of the plugins in use. */
export interface ModelSpec<C extends AnyDefinition> {
  readonly name?: string;
  /** A set of training options under one name; `training` counts before it. */
  readonly recipe?: RecipeName;
  /** The row of a paper's table that the spec stands for. */
  readonly published?: { readonly task: string; readonly model: string };
  /** Packages and modules that parts come from. */
  readonly plugins?: readonly string[];
  readonly modalities: { readonly [modality: string]: Choice<OfKind<C, 'encoder'>, 'encoder'> & ModalityCommon };
  readonly fusion: Choice<OfKind<C, 'fusion'>, 'type'>;
  readonly heads: { readonly [head: string]: Choice<OfKind<C, 'head'>, 'type'> & HeadCommon<C> };
  readonly data?: Choice<OfKind<C, 'dataset'>, 'type'>;
  readonly training?: TrainingSpec<C>;
  readonly initialize?: Readonly<Record<string, InitialSpec>>;
}

type Named<C, TKind extends PartKind, TName> = Extract<OfKind<C, TKind>, { name: TName }>;
type RawOf<D> = D extends Definition<PartKind, string, z.ZodObject, Encoder<infer TRaw>> ? TRaw : never;
type TargetOf<D> = D extends Definition<PartKind, string, z.ZodObject, Head<infer TTarget, infer _>> ? TTarget : never;
type PredictionOf<D> =
  D extends Definition<PartKind, string, z.ZodObject, infer TPart>
    ? TPart extends { decode(logits: Float32Array): infer TPrediction }
      ? TPrediction
      : never
    : never;

/** Raw inputs by modality; any may be left out. */
export type InputsOf<C extends AnyDefinition, S extends ModelSpec<C>> = {
  readonly [M in keyof S['modalities']]?: RawOf<Named<C, 'encoder', S['modalities'][M]['encoder']>>;
};

/** Raw labels by head; any may be left out. */
export type TargetsOf<C extends AnyDefinition, S extends ModelSpec<C>> = {
  readonly [H in keyof S['heads']]?: TargetOf<Named<C, 'head', S['heads'][H]['type']>>;
};

/** Predictions by head; unknown where the plugins in use are not known to the compiler. */
export type PredictionsOf<C extends AnyDefinition, S extends ModelSpec<C>> = {
  readonly [H in keyof S['heads']]: string extends C['name']
    ? unknown
    : PredictionOf<Named<C, 'head', S['heads'][H]['type']>>;
};

/** `training` options that are given by modality. */
type ByModality = 'freeze' | 'modalityDropout';

/** A spec whose modalities are known by name. */
interface SpecOf<C extends AnyDefinition, TModality extends PropertyKey> extends Omit<ModelSpec<C>, 'training'> {
  readonly training?: Omit<TrainingSpec<C>, ByModality> & {
    readonly [K in ByModality]?: { readonly [M in TModality]?: number };
  };
}

/** The variant of a union that a part's name chooses. */
type Chosen<TAllowed, TGiven> = TGiven extends { readonly encoder: infer TName }
  ? Extract<TAllowed, { readonly encoder: TName }>
  : TGiven extends { readonly type: infer TName }
    ? Extract<TAllowed, { readonly type: TName }>
    : TAllowed;

type KeyOf<T> = T extends unknown ? keyof T : never;
type At<T, TKey> = T extends unknown ? (TKey extends keyof T ? NonNullable<T[TKey]> : never) : never;
type Entry<T> = T extends readonly (infer TEntry)[] ? TEntry : never;

declare const unknownKey: unique symbol;

/** No value has this type: its name is what the compiler says of a key that nobody reads, and of the known ones. */
interface UnknownKey<TKey, TKnown> {
  readonly [unknownKey]: [TKey, TKnown];
}

/** Refuses keys that `TAllowed` does not have, at any depth: generic inference alone would let them through. */
type Exactly<TGiven, TAllowed> = unknown extends TAllowed
  ? TGiven
  : TGiven extends readonly unknown[]
    ? { readonly [I in keyof TGiven]: Exactly<TGiven[I], Entry<TAllowed>> }
    : TGiven extends object
      ? {
          readonly [K in keyof TGiven]: K extends KeyOf<Chosen<TAllowed, TGiven>>
            ? Exactly<TGiven[K], At<Chosen<TAllowed, TGiven>, K>>
            : UnknownKey<K, KeyOf<Chosen<TAllowed, TGiven>>>;
        }
      : TGiven;

/** A spec S without keys that nobody reads: neither at the top, nor in a part's options, nor of a modality it lacks. */
export type Strict<C extends AnyDefinition, S extends ModelSpec<C>> = Exactly<S, SpecOf<C, keyof S['modalities']>>;
