// The kinds `bert_base` and `bert_tiny`: layers' Bert from a safetensors file in Hugging Face's layout, any size. Compared: the
// states between and after the layers, the pooled state, and where the file has them the logits, losses and gradients
// of all parameters.
import { mul, reshape, slice, sum, tensor, tidy, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';
import { inferenceContext, ParameterStore } from '@tessera/core';
import { Bert, Linear, type BertInput, type BertResult } from '@tessera/layers';
import { huggingFaceBert, linearAxes, readThroughLayout, type Layout } from '@tessera/weights';
import { formulaSource, valuesOf } from '../formula.js';
import { gradientsOf, lossChecks, type LossRecord } from '../gradients.js';
import { crossEntropy } from '../losses.js';
import { errorOf, type Check, type Fixture, type ValueRecord } from '../records.js';
import { requireAllUsed, writtenWeights } from '../writtenWeights.js';
import { requireSameNames, type NamedParameters } from '../parameterNames.js';
import { got, ids, mask } from '../tensors.js';
import { transformerSizes, type BertSizes } from './bertSizes.js';

/** A file of these kinds. */
export interface BertFixture extends Fixture, NamedParameters {
  readonly gradient_tolerance?: number;
  readonly config: BertSizes;
  readonly input: {
    readonly input_ids: number[][];
    readonly attention_mask: number[][];
    readonly token_type_ids: number[][];
  };
  readonly labels?: number[];
  readonly classes?: number;
  readonly hidden_states: ValueRecord[];
  readonly last_hidden_state: ValueRecord;
  readonly first_token?: ValueRecord;
  readonly pooler_output: ValueRecord;
  readonly probe?: LossRecord & { readonly word_embedding_row_0_as_plain_gather?: readonly number[] };
  readonly ce?: LossRecord & { readonly logits: ValueRecord };
}

const classifierLayout: Layout = {
  name: 'a classifier',
  entries: [
    { ours: 'classifier.weight', theirs: 'classifier.weight', axes: linearAxes },
    { ours: 'classifier.bias', theirs: 'classifier.bias' },
  ],
};

/** The layout of the fixture: BERT at the root, a classifier beside it. */
const layout: Layout = {
  name: 'BERT with a classifier',
  entries: [...huggingFaceBert('').entries, ...classifierLayout.entries],
};

/** A BERT with a fixture's weights. */
interface LoadedBert {
  readonly parameters: ParameterStore;
  readonly run: () => BertResult;
}

/** Runs a BERT fixture on the current backend. */
export async function bertChecks(fixture: BertFixture): Promise<Check[]> {
  const bert = await load(fixture);
  try {
    const checks = await forwardChecks(fixture, bert.run());
    checks.push(...(await probeChecks(fixture, bert)), ...(await classifierChecks(fixture, bert)));
    requireSameNames({ ...fixture, state_dict: stateDictOf(fixture) }, { parameters: bert.parameters, layout });
    return checks;
  } finally {
    bert.parameters.dispose();
  }
}

/** The fixture's names and those of the classifier that its cross entropy is of. */
function stateDictOf({ state_dict: stateDict, config, classes, ce }: BertFixture): BertFixture['state_dict'] {
  if (!ce || classes === undefined) return stateDict;
  return { ...stateDict, 'classifier.weight': [classes, config.hidden_size], 'classifier.bias': [classes] };
}

/** `padId`: the row of the word table that no gradient reaches. */
async function load(fixture: BertFixture, padId = 0): Promise<LoadedBert> {
  const { config, input } = fixture;
  const formula = { prefix: fixture.name_prefix };
  const written = await writtenWeights(fixture.state_dict, formula);
  const others = readThroughLayout(classifierLayout, formulaSource(stateDictOf(fixture), formula));
  const source = { ...written, read: (path: string) => written.read(path) ?? others.read(path) };
  const parameters = new ParameterStore(0, source);
  const bert = new Bert(parameters.scope(), { ...transformerSizes(config), vocabSize: config.vocab_size, padId });
  requireAllUsed(written);
  written.close();
  const tensors: BertInput = {
    ids: ids(input.input_ids),
    padMask: mask(input.attention_mask),
    segments: ids(input.token_type_ids),
  };
  return { parameters, run: () => bert.apply(tensors, inferenceContext(), { hiddenStates: true }) };
}

async function forwardChecks(fixture: BertFixture, result: BertResult): Promise<Check[]> {
  const { tolerance } = fixture;
  const check = (what: string, error: number): Check => ({ what, error, tolerance });
  const checks = [
    check('last_hidden_state', errorOf(await got(result.states), fixture.last_hidden_state)),
    check('pooler_output', errorOf(await got(result.pooled), fixture.pooler_output)),
  ];
  for (const [i, want] of fixture.hidden_states.entries()) {
    const state = result.hiddenStates?.[i];
    checks.push(check(`hidden_states[${i}]`, state ? errorOf(await got(state), want) : Infinity));
  }
  if (fixture.first_token) {
    const [batch, , width] = result.states.shape;
    const first = reshape(slice(result.states, [0, 0, 0], [batch, 1, width]), [batch, width]);
    checks.push(check('first_token', errorOf(await got(first), fixture.first_token)));
  }
  return checks;
}

/** Tolerance of gradients where the file has none. */
const defaultGradientTolerance = 1e-3;

async function probeChecks(fixture: BertFixture, { parameters, run }: LoadedBert): Promise<Check[]> {
  const { probe, tolerance, gradient_tolerance: gradientTolerance = defaultGradientTolerance } = fixture;
  if (!probe) return [];
  const options = { parameters, layout, tolerance, gradientTolerance };
  const checks = await lossChecks(probeLoss(fixture, run), probe, { what: 'probe', ...options });
  const row = probe.word_embedding_row_0_as_plain_gather;
  return row ? [...checks, await paddingRowCheck(fixture, row, gradientTolerance)] : checks;
}

/** The padding's row of the word table gets a gradient where it is a row like the others. */
async function paddingRowCheck(fixture: BertFixture, want: readonly number[], tolerance: number): Promise<Check> {
  const { parameters, run } = await load(fixture, noPadding);
  const { gradients } = await gradientsOf(probeLoss(fixture, run), parameters, layout);
  parameters.dispose();
  const table = gradients.get('embeddings.word_embeddings.weight');
  const row = Array.from(table?.values ?? []).slice(0, want.length);
  const error = errorOf({ shape: [row.length], values: row }, { shape: [want.length], data: want });
  return { what: 'gradient of word row 0 as plain gather', error, tolerance };
}

/** No id of a token. */
const noPadding = -1;

async function classifierChecks(fixture: BertFixture, { parameters, run }: LoadedBert): Promise<Check[]> {
  const { ce, labels = [], classes = 0, config, tolerance } = fixture;
  if (!ce) return [];
  const gradientTolerance = fixture.gradient_tolerance ?? defaultGradientTolerance;
  const classifier = new Linear(parameters.scope('classifier'), config.hidden_size, classes);
  const logits = (): Tensor2D => classifier.apply(run().pooled);
  const options = { what: 'ce', parameters, layout, tolerance, gradientTolerance };
  return [
    { what: 'ce logits', error: errorOf(await got(tidy(logits)), ce.logits), tolerance },
    ...(await lossChecks(() => crossEntropy(logits(), labels), ce, options)),
  ];
}

/** sum(last_hidden_state · values('probe', shape, 1)). */
const probeLoss =
  ({ name_prefix: prefix }: BertFixture, run: () => BertResult) =>
  (): Scalar =>
    tidy(() => {
      const { states } = run();
      return sum(mul(states, tensor(valuesOf(`${prefix}probe`, states.shape, 1), states.shape))) as Scalar;
    });
