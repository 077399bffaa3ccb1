// The kind `mmbt_original_training`: a model built from a spec, as a user's is, trained by the trainer, an epoch
// for each step. Compared: every loss, the logits of batch 0 after training, and a summary of every parameter; not those
// of `zeroInTheory`, whose gradients are rounding noise that AdamW turns into steps.
import { tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import {
  createWorkbench,
  disposeBatch,
  inferenceContext,
  type Model,
  type ModelSpec,
  type Sample,
} from '@tessera/core';
import { fusionPlugin } from '@tessera/fusion';
import { objectivesPlugin } from '@tessera/objectives';
import { trainingPlugin } from '@tessera/training';
import { mmbtOriginal, readThroughLayout, writeThroughLayout } from '@tessera/weights';
import { formulaSource, parameterOf, valuesOf } from '../formula.js';
import { requireSameNames, type NamedParameters } from '../parameterNames.js';
import {
  errorOf,
  relativeError,
  statisticsError,
  type Check,
  type FullRecord,
  type Got,
  type Statistics,
} from '../records.js';
import { got } from '../tensors.js';
import { trainByTrainer } from '../trainedByTrainer.js';
import { poolKindOf } from './adaptivePool.js';
import { transformerSizes } from './bertSizes.js';
import { givenInputsPlugin } from './givenInputs.js';
import { twinOfUnused, type OriginalModelFixture, type OriginalText } from './mmbtOriginal.js';

/** A file of this kind. */
export interface OriginalTrainingFixture extends OriginalModelFixture, NamedParameters {
  readonly optimizer: {
    readonly name: string;
    readonly lr: number;
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly weight_decay: number;
  };
  /** Step s uses batch s modulo their number. */
  readonly batches: readonly (OriginalText & { readonly label: readonly number[] })[];
  readonly losses: readonly number[];
  readonly logits_of_batch_0_after_training: FullRecord;
  readonly parameters_after_training: Readonly<
    Record<string, Statistics & { readonly shape: readonly number[]; readonly first: readonly number[] }>
  >;
}

/** Softmax does not see key biases. */
const zeroInTheory = /attention\.self\.key\.bias$/;

const layout = mmbtOriginal({ image: 'image', classifier: 'heads.label.output' });

/** Trains the fixture's model on the current backend. */
export async function mmbtOriginalTrainingChecks(fixture: OriginalTrainingFixture): Promise<Check[]> {
  const workbench = createWorkbench({ plugins: [fusionPlugin, objectivesPlugin, trainingPlugin, givenInputsPlugin] });
  const weights = formulaSource(fixture.state_dict, { prefix: fixture.name_prefix });
  const model = (await workbench.build(specOf(fixture) as unknown as ModelSpec<never>, {
    source: readThroughLayout(layout, weights),
  })) as unknown as Model;
  try {
    requireSameNames(fixture, { parameters: model.parameters, layout, twinOf: twinOfUnused });
    const batches = fixture.batches.map((_, index) => rowsOf(fixture, index));
    const losses = await trainByTrainer({
      model,
      registry: workbench.registry,
      samplesOf: (epoch) => batches[epoch % batches.length] ?? [],
    });
    const checks = [...lossesChecks(fixture, losses), ...(await parametersChecks(fixture, model))];
    if (batches[0]) checks.push(await logitsCheck(fixture, model, batches[0]));
    return checks;
  } finally {
    model.dispose();
    workbench.dispose();
  }
}

function specOf({ config, batches, input, ...fixture }: OriginalTrainingFixture): Record<string, unknown> {
  return {
    name: 'fixture',
    modalities: {
      image: {
        encoder: 'given-features',
        map: [config.img_hidden_sz, ...input['input.image_features'].shape.slice(2)],
        grid: config.image_grid,
        pool: poolKindOf(config.image_pool),
      },
      text: {
        encoder: 'given-words',
        vocabSize: config.vocab_size,
        maxTokens: Math.max(...batches.flatMap(({ ids }) => ids.map((row) => row.length))),
        numParts: config.type_vocab_size - 1,
        padId: 0,
        clsId: config.cls_id,
        sepId: config.sep_id,
      },
    },
    fusion: { type: 'bitransformer', ...transformerSizes(config) },
    heads: { label: { type: 'single-label', labels: Array.from({ length: config.n_classes }, (_, i) => String(i)) } },
    training: trainingOf(fixture, batches[0]?.ids.length ?? 0),
  };
}

/** An epoch for each step, of one batch. */
function trainingOf(
  { optimizer: settings, losses }: Pick<OriginalTrainingFixture, 'optimizer' | 'losses'>,
  batchSize: number,
): Record<string, unknown> {
  if (settings.name !== 'AdamW') throw new Error(`not understood: optimizer "${settings.name}".`);
  const { lr: learningRate, betas, eps: epsilon, weight_decay: weightDecay } = settings;
  return {
    epochs: losses.length,
    batchSize,
    optimizer: { type: 'adamw', learningRate, betas: [...betas], epsilon, weightDecay },
    schedule: 'constant',
    groups: [{ parameters: '*', weightDecay }], // biases and LayerNorm decay too
  };
}

type Row = Omit<Sample, 'id' | 'origin'>;

/** A batch's rows; the names of its data begin with `batch<index>/`, after the file's prefix. */
function rowsOf({ input, batches, name_prefix: prefix }: OriginalTrainingFixture, index: number): Row[] {
  const { ids, mask, segments, label } = batches[index] as OriginalTrainingFixture['batches'][number];
  const { shape, amplitude } = input['input.image_features'];
  const features = valuesOf(`${prefix}batch${index}/input.image_features`, shape, amplitude);
  const length = features.length / shape[0];
  return ids.map((row, i) => ({
    inputs: {
      image: features.subarray(i * length, (i + 1) * length),
      text: { ids: row, mask: mask[i], parts: segments[i]?.map((segment) => Math.max(segment - 1, 0)) },
    },
    targets: { label: label[i] },
  }));
}

const lossesChecks = ({ losses, tolerance }: OriginalTrainingFixture, values: readonly number[]): Check[] =>
  losses.map((want, step) => ({ what: `loss ${step}`, error: relativeError(values[step] ?? NaN, want), tolerance }));

async function logitsCheck(fixture: OriginalTrainingFixture, model: Model, rows: readonly Row[]): Promise<Check> {
  const batch = model.collate(rows.map((row, i) => ({ ...row, id: String(i), origin: `row ${i}` })));
  const logits = tidy(() => model.forward(batch, inferenceContext()).logits['label'] as Tensor2D);
  const error = errorOf(await got(logits), fixture.logits_of_batch_0_after_training);
  disposeBatch(batch);
  return { what: 'logits after training', error, tolerance: fixture.tolerance };
}

async function parametersChecks(fixture: OriginalTrainingFixture, model: Model): Promise<Check[]> {
  const { parameters_after_training: wanted, state_dict: shapes, name_prefix: prefix, tolerance } = fixture;
  const trained = new Map<string, Got>();
  const { tensors } = writeThroughLayout(
    layout,
    model.parameters.list('weight').map(({ path, shape, value }) => ({
      name: path,
      shape,
      values: async () => (await value.data()) as Float32Array,
    })),
  );
  for (const { name, shape, values } of tensors) trained.set(name, { shape, values: await values() });
  return Object.entries(wanted).map(([name, { first, ...want }]) => {
    // The head that the reference stores and never uses gets no gradient and stays as it is.
    const shape = shapes[name] ?? [];
    const unused = twinOfUnused(name) ? { shape, values: parameterOf(name, shape, { prefix }) } : undefined;
    const value = trained.get(name) ?? unused;
    const error = value ? Math.max(statisticsError(value, want), firstError(value, first, want)) : Infinity;
    const isNoise = zeroInTheory.test(name) && value?.shape.join() === want.shape.join();
    return { what: `${name} after training`, error: isNoise ? 0 : error, tolerance };
  });
}

/** The error of the first elements, against the root mean square of all. */
function firstError({ values }: Got, first: readonly number[], { l2 }: Statistics): number {
  const rms = l2 / Math.sqrt(values.length);
  return Math.max(...first.map((want, i) => Math.abs((values[i] ?? NaN) - want))) / rms;
}
