import type { InitialChoice, InitialSpec, PublishedRow } from './schemas.js';
import type { TrainingOptions } from './trainingSchema.js';

/** A named part with its parsed options, defaults filled in. */
export interface PartChoice {
  /** Name of the definition. */
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Encoders among the options, by the key of their slot. */
  readonly encoders?: Readonly<Record<string, PartChoice>>;
}

/** One modality of a resolved spec. */
export interface ModalityChoice extends PartChoice {
  /** What stands for it where a sample lacks it; undefined masks its tokens. */
  readonly absent?: 'mask' | 'token';
}

/** One head of a resolved spec. */
export interface HeadChoice extends PartChoice {
  /** The loss; undefined takes the default of the head's target kind. */
  readonly loss?: PartChoice;
  readonly weight: number;
  readonly metrics?: readonly string[];
}

/** Training options with their parts. */
export interface ResolvedTraining extends TrainingOptions {
  readonly optimizer: PartChoice;
  readonly schedule: PartChoice;
}

/** A spec that was checked against the plugins in use, with every default filled in. */
export interface ResolvedSpec {
  readonly name: string;
  /** The row of a paper's table that the spec stands for. */
  readonly published?: PublishedRow;
  /** Packages, and modules by absolute path, that parts come from. */
  readonly plugins?: readonly string[];
  /** By modality name, in declared order. */
  readonly modalities: Readonly<Record<string, ModalityChoice>>;
  readonly fusion: PartChoice;
  /** By head name, in declared order. */
  readonly heads: Readonly<Record<string, HeadChoice>>;
  readonly data?: PartChoice;
  readonly training: ResolvedTraining;
  readonly initialize: Readonly<Record<string, InitialChoice>>;
}

const flat = (key: string, { type, options, encoders = {} }: PartChoice): Record<string, unknown> => ({
  [key]: type,
  ...Object.fromEntries(Object.entries(encoders).map(([slot, choice]) => [slot, flat('encoder', choice)])),
  ...options,
});

const plainInitial = ({ from, layout, missing, grow }: InitialChoice): InitialSpec =>
  layout === undefined && missing.length === 0 && !grow
    ? from
    : { from, ...(layout !== undefined && { layout }), ...(missing.length > 0 && { missing }), ...(grow && { grow }) };

/** The spec as a user would write it, with every default spelled out: what a checkpoint saves. */
export function toPlainSpec(spec: ResolvedSpec): Record<string, unknown> {
  const entries = <T>(record: Readonly<Record<string, T>>, convert: (value: T) => unknown): Record<string, unknown> =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value)]));
  return {
    name: spec.name,
    ...(spec.published && { published: spec.published }),
    ...(spec.plugins && { plugins: spec.plugins }),
    modalities: entries(spec.modalities, (choice) => ({
      ...flat('encoder', choice),
      ...(choice.absent && { absent: choice.absent }),
    })),
    fusion: flat('type', spec.fusion),
    heads: entries(spec.heads, (head) => ({
      ...flat('type', head),
      ...(head.loss ? { loss: flat('type', head.loss) } : {}),
      weight: head.weight,
      ...(head.metrics ? { metrics: head.metrics } : {}),
    })),
    ...(spec.data ? { data: flat('type', spec.data) } : {}),
    training: {
      ...spec.training,
      optimizer: flat('type', spec.training.optimizer),
      schedule: flat('type', spec.training.schedule),
    },
    ...(Object.keys(spec.initialize).length ? { initialize: entries(spec.initialize, plainInitial) } : {}),
  };
}
