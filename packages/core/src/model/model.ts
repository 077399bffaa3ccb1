// Shapes: B batch, N tokens of one block, C classes.
import { tensor1d, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { inferenceContext, type ForwardContext } from '../contracts/context.js';
import type { BatchShape, Encoder } from '../contracts/encoder.js';
import { eagerRunner, runPart, type FunctionRunner } from '../contracts/functionRunner.js';
import type { Fusion } from '../contracts/fusion.js';
import type { Head, Loss } from '../contracts/objective.js';
import type { FusedState, TokenBlock } from '../contracts/tokens.js';
import type { AnyDefinition, Assets } from '../definition.js';
import { DataError } from '../errors.js';
import type { Parameter } from '../contracts/parameters.js';
import type { ParameterStore } from '../parameterStore.js';
import type { InputsOf, ModelSpec, PredictionsOf } from '../spec/modelSpec.js';
import type { ResolvedSpec } from '../spec/resolvedSpec.js';
import { encodingContext, withoutAbsent } from './absence.js';
import { disposeBatch, sampleTarget, type Batch, type PreparedSample } from './batch.js';

/** A head with its loss and its share in the total. */
export interface BuiltHead {
  readonly head: Head;
  readonly loss: Loss;
  readonly weight: number;
  readonly metrics: readonly string[];
}

/** What a model is made of. */
export interface ModelParts {
  readonly spec: ResolvedSpec;
  readonly encoders: ReadonlyMap<string, Encoder>;
  readonly fusion: Fusion;
  readonly heads: ReadonlyMap<string, BuiltHead>;
  readonly parameters: ParameterStore;
  /** By modality: the learned token [E] that stands for an absent input, where the spec asks for one. */
  readonly absentTokens?: ReadonlyMap<string, Parameter>;
  /** Learned text files by part path, such as `modalities.text`. */
  readonly assets: Readonly<Record<string, Assets>>;
  /** Runs the model's passes; eagerly if left out. */
  readonly runner?: FunctionRunner;
  /** What batches should look like for the backend in use. */
  readonly batchShape?: BatchShape;
  /** Frees the model's container, with the parameters and services in it. */
  dispose(): void;
}

/** The joint state and every head's logits [B, C]. */
export interface ForwardResult {
  readonly state: FusedState;
  readonly logits: Readonly<Record<string, Tensor2D>>;
}

/** How samples become a batch. */
export interface CollateOptions {
  /** By modality: samples (by position) that are taken to lack it though its data is there. */
  readonly masked?: Readonly<Record<string, ReadonlySet<number>>>;
  /** False: targets are left out, as in prediction. */
  readonly targets?: boolean;
}

let numModels = 0;

/** A built model: encoders, fusion, heads and their parameters. The types C and S come from the plugins and the spec. */
export class Model<C extends AnyDefinition = AnyDefinition, S extends ModelSpec<C> = ModelSpec<C>> {
  readonly spec: ResolvedSpec;
  readonly encoders: ReadonlyMap<string, Encoder>;
  readonly fusion: Fusion;
  readonly heads: ReadonlyMap<string, BuiltHead>;
  readonly parameters: ParameterStore;
  readonly assets: Readonly<Record<string, Assets>>;
  /** Runs functions over this model's tensors. */
  readonly runner: FunctionRunner;
  /** What the keys of this model's functions start with; no other model has it. */
  readonly key = `model ${++numModels}/`;
  private disposed = false;

  constructor(private readonly parts: ModelParts) {
    this.spec = parts.spec;
    this.encoders = parts.encoders;
    this.fusion = parts.fusion;
    this.heads = parts.heads;
    this.parameters = parts.parameters;
    this.assets = parts.assets;
    this.runner = parts.runner ?? eagerRunner;
  }

  /**
   * Prepares one sample's inputs.
   * @throws DataError that names the sample and the modality when an input cannot be prepared, or when none is present.
   */
  async prepare(
    sample: {
      id?: string;
      inputs: Readonly<Record<string, unknown>>;
      targets?: Readonly<Record<string, unknown>>;
      origin?: string;
      group?: string;
    },
    options: { augmentationSeed?: number } = {},
  ): Promise<PreparedSample> {
    const origin = sample.origin ?? 'sample';
    this.requireKnown(sample.inputs, origin);
    const inputs: Record<string, unknown> = {};
    for (const [modality, encoder] of this.encoders) {
      const raw = sample.inputs[modality];
      if (raw === undefined || raw === null) continue;
      try {
        inputs[modality] = await encoder.prepare(raw, options);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        throw new DataError(`${origin}, ${modality}: ${error.message}`, { cause: error });
      }
    }
    if (Object.keys(inputs).length === 0) {
      throw new DataError(
        `${origin}: a sample needs at least one modality, got none. Give one of: ${[...this.encoders.keys()].join(', ')}.`,
      );
    }
    const { id = origin, targets = {}, group } = sample;
    return { id, inputs, targets, origin, ...(group !== undefined && { group }) };
  }

  private requireKnown(inputs: Readonly<Record<string, unknown>>, origin: string): void {
    const unknown = Object.keys(inputs).find((name) => !this.encoders.has(name));
    if (unknown !== undefined) {
      throw new DataError(`${origin}: unknown modality "${unknown}". Known: ${[...this.encoders.keys()].join(', ')}.`);
    }
  }

  /** Joins prepared samples into tensors; the caller disposes the batch. */
  collate(samples: readonly PreparedSample[], options: CollateOptions = {}): Batch {
    const given = mapRecord(this.encoders, (_, modality) =>
      samples.map((s, i) => (options.masked?.[modality]?.has(i) ? undefined : s.inputs[modality])),
    );
    return tidyBatch(() => {
      const inputs = mapRecord(this.encoders, (encoder, modality) =>
        encoder.collate(given[modality] ?? [], this.parts.batchShape),
      );
      const present = mapRecord(this.encoders, (_, modality) =>
        tensor1d(
          (given[modality] ?? []).map((input) => (input === undefined ? 0 : 1)),
          'float32',
        ),
      );
      const raw = options.targets === false ? {} : this.rawTargets(samples, given);
      const heads = new Map(Object.keys(raw).map((name) => [name, (this.heads.get(name) as BuiltHead).head]));
      const targets = mapRecord(heads, (head, name) => head.collateTargets(raw[name] ?? []));
      const labelled = mapRecord(heads, (_, name) =>
        tensor1d(
          (raw[name] ?? []).map((target) => (target === undefined ? 0 : 1)),
          'float32',
        ),
      );
      return { size: samples.length, inputs, present, targets, labelled };
    });
  }

  /** Targets of all heads, by head; of none where no sample has any and no head makes its own. */
  private rawTargets(
    samples: readonly PreparedSample[],
    given: Readonly<Record<string, readonly unknown[]>>,
  ): Record<string, unknown[]> {
    const raw = mapRecord(this.heads, ({ head }, name) =>
      samples.map((sample, i) => {
        const inputs = Object.fromEntries(Object.entries(given).map(([modality, items]) => [modality, items[i]]));
        return sampleTarget(head, name, sample, inputs);
      }),
    );
    const makesOwn = [...this.heads.values()].some(({ head }) => head.targetOf);
    const isAny = makesOwn || Object.values(raw).some((targets) => targets.some((target) => target !== undefined));
    return isAny ? raw : {};
  }

  /** One forward pass. Call it inside a tidy; the result belongs to that tidy. */
  forward(batch: Batch, context: ForwardContext): ForwardResult {
    return this.forwardBlocks(this.encode(batch, context), context);
  }

  /** The first half of {@link forward}: each modality's tokens, in declared order, without those of absent inputs. */
  encode(batch: Batch, context: ForwardContext): TokenBlock[] {
    return [...this.encoders].map(([modality, encoder]) => {
      const tensors = batch.inputs[modality];
      const present = batch.present[modality];
      if (!tensors || !present)
        throw new DataError(`Model: the batch lacks modality "${modality}". Collate it with this model.`);
      const block = runPart(
        () => `modalities.${modality} (encoder ${this.spec.modalities[modality]?.type})`,
        () => encoder.encode(tensors, encodingContext(context, modality, present)),
      );
      return withoutAbsent(block, present, this.parts.absentTokens?.get(modality)?.value);
    });
  }

  /** The second half of {@link forward}, from tokens of any B. */
  forwardBlocks(blocks: readonly TokenBlock[], context: ForwardContext): ForwardResult {
    const state = runPart(
      () => `fusion (${this.spec.fusion.type})`,
      () => this.fusion.fuse(blocks, context),
    );
    const logits = mapRecord(this.heads, ({ head }, name) =>
      runPart(
        () => `heads.${name} (${this.spec.heads[name]?.type})`,
        () => head.logits(state, context),
      ),
    );
    return { state, logits };
  }

  /** Predicts one raw sample: `{ image: 'a.png', text: '…' }` → a prediction for each head. */
  async predict(inputs: InputsOf<C, S>): Promise<PredictionsOf<C, S>> {
    const [prediction] = await this.predictAll([inputs]);
    return prediction as PredictionsOf<C, S>;
  }

  /** Predicts raw samples in batches. */
  async predictAll(
    samples: readonly InputsOf<C, S>[],
    options: { batchSize?: number } = {},
  ): Promise<PredictionsOf<C, S>[]> {
    const size = options.batchSize ?? 32;
    const predictions: PredictionsOf<C, S>[] = [];
    for (let start = 0; start < samples.length; start += size) {
      const prepared = await Promise.all(
        samples
          .slice(start, start + size)
          .map((inputs, i) => this.prepare({ inputs, origin: `sample ${start + i + 1}` })),
      );
      const rows = await this.logits(prepared);
      predictions.push(
        ...rows.map(
          (row) =>
            mapRecord(this.heads, ({ head }, name) => head.decode(row[name] as Float32Array)) as PredictionsOf<C, S>,
        ),
      );
    }
    return predictions;
  }

  /** Logits of prepared samples, by sample and head. */
  async logits(samples: readonly PreparedSample[]): Promise<Record<string, Float32Array>[]> {
    const batch = this.collate(samples, { targets: false });
    try {
      const { outputs: logits } = await this.runner.run({
        name: 'prediction',
        key: `${this.key}logits/`,
        inputs: batch,
        body: (given) => ({ outputs: this.forward(given, inferenceContext()).logits, info: {} }),
      });
      const rows = samples.map((): Record<string, Float32Array> => ({}));
      for (const [name, tensor] of Object.entries(logits)) {
        const values = await tensor.data<'float32'>();
        const width = values.length / samples.length;
        rows.forEach((row, i) => (row[name] = values.slice(i * width, (i + 1) * width)));
        tensor.dispose();
      }
      return rows;
    } finally {
      disposeBatch(batch);
    }
  }

  /** Frees parameters and services. Safe to call twice. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.runner.forget(this.key);
    this.parts.dispose();
  }
}

/** A record made of a map's entries. */
function mapRecord<T, R>(map: ReadonlyMap<string, T>, convert: (value: T, name: string) => R): Record<string, R> {
  return Object.fromEntries([...map].map(([name, value]) => [name, convert(value, name)]));
}

/** tf.tidy keeps tensors found in plain objects, which a batch is. */
function tidyBatch(make: () => Batch): Batch {
  return tidy(make as never) as unknown as Batch;
}
