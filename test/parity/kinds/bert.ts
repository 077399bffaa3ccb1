// The kinds `bert_base` and `bert_tiny`: layers' Bert through the layout of Hugging Face's BERT.
import { mul, sum, tensor, tidy, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';
import { inferenceContext, ParameterStore } from '@tessera/core';
import { Bert, Linear, type BertInput, type BertResult } from '@tessera/layers';
import { huggingFaceBert, linearAxes, readThroughLayout, type Layout } from '@tessera/weights';
import { formulaSource, valuesOf } from '../formula.js';
import { lossChecks, type LossRecord } from '../gradients.js';
import { crossEntropy } from '../losses.js';
import { errorOf, type Check, type Fixture, type ValueRecord } from '../records.js';
import { got, ids, inScope, mask } from '../tensors.js';

/** Sizes of a BERT, as Hugging Face's config names them. */
export interface BertSizes {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly max_position_embeddings: number;
  readonly type_vocab_size: number;
  readonly layer_norm_eps: number;
}

/** A file of these kinds. */
export interface BertFixture extends Fixture {
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
  readonly probe?: LossRecord;
  readonly ce?: LossRecord & { readonly logits: ValueRecord };
  readonly state_dict: Record<string, number[]>;
}

/** The layout of the fixture: BERT at the root, a classifier beside it. */
const layout: Layout = {
  name: 'BERT with a classifier',
  entries: [
    ...huggingFaceBert('').entries,
    { ours: 'classifier.weight', theirs: 'classifier.weight', axes: linearAxes },
    { ours: 'classifier.bias', theirs: 'classifier.bias' },
  ],
};

/** Runs a BERT fixture on the current backend. */
export const bertChecks = (fixture: BertFixture): Promise<Check[]> => inScope(() => runBert(fixture));

async function runBert(fixture: BertFixture): Promise<Check[]> {
  const { config, classes = 2 } = fixture;
  const classifierShapes = { 'classifier.weight': [classes, config.hidden_size], 'classifier.bias': [classes] };
  const weights = formulaSource({ ...fixture.state_dict, ...classifierShapes }, { prefix: fixture.name_prefix });
  const parameters = new ParameterStore(0, readThroughLayout(layout, weights));
  const bert = new Bert(parameters.scope(), optionsOf(config));
  const input: BertInput = {
    ids: ids(fixture.input.input_ids),
    padMask: mask(fixture.input.attention_mask),
    segments: ids(fixture.input.token_type_ids),
  };
  const run = (): BertResult => bert.apply(input, inferenceContext(), { hiddenStates: true });
  try {
    return [...(await forwardChecks(fixture, run())), ...(await backwardChecks(fixture, parameters, run))];
  } finally {
    parameters.dispose();
  }
}

const optionsOf = (config: BertSizes): ConstructorParameters<typeof Bert>[1] => ({
  vocabSize: config.vocab_size,
  padId: 0,
  hiddenSize: config.hidden_size,
  numLayers: config.num_hidden_layers,
  numHeads: config.num_attention_heads,
  intermediateSize: config.intermediate_size,
  maxPositions: config.max_position_embeddings,
  numSegments: config.type_vocab_size,
  layerNormEpsilon: config.layer_norm_eps,
  dropoutRate: 0,
  attentionDropoutRate: 0,
});

async function forwardChecks(fixture: BertFixture, result: BertResult): Promise<Check[]> {
  const { tolerance } = fixture;
  const states = await got(result.states);
  const pooled = await got(result.pooled);
  const check = (what: string, error: number): Check => ({ what, error, tolerance });
  const checks = [
    check('last_hidden_state', errorOf(states, fixture.last_hidden_state)),
    check('pooler_output', errorOf(pooled, fixture.pooler_output)),
  ];
  for (const [i, want] of fixture.hidden_states.entries()) {
    const tensorOfLayer = result.hiddenStates?.[i];
    if (tensorOfLayer) checks.push(check(`hidden_states[${i}]`, errorOf(await got(tensorOfLayer), want)));
  }
  if (fixture.first_token) {
    const [batch = 0, length = 0, width = 0] = states.shape;
    const values = Array.from({ length: batch }, (_, b) =>
      Array.from(states.values).slice(b * length * width, b * length * width + width),
    ).flat();
    checks.push(check('first_token', errorOf({ shape: [batch, width], values }, fixture.first_token)));
  }
  return checks;
}

async function backwardChecks(
  fixture: BertFixture,
  parameters: ParameterStore,
  run: () => BertResult,
): Promise<Check[]> {
  const { probe, ce, labels = [], classes = 2, config, tolerance } = fixture;
  const options = { parameters, layout, tolerance, gradientTolerance: fixture.gradient_tolerance ?? 1e-3 };
  const checks: Check[] = [];
  if (probe) checks.push(...(await lossChecks(probeLoss(fixture, run), probe, { what: 'probe', ...options })));
  if (ce) {
    const classifier = new Linear(parameters.scope('classifier'), config.hidden_size, classes);
    const logits = (): Tensor2D => classifier.apply(run().pooled);
    checks.push({ what: 'ce logits', error: errorOf(await got(tidy(logits)), ce.logits), tolerance });
    checks.push(...(await lossChecks(() => crossEntropy(logits(), labels), ce, { what: 'ce', ...options })));
  }
  return checks;
}

/** sum(last_hidden_state · values('probe', shape, 1)). */
const probeLoss =
  ({ name_prefix: prefix }: BertFixture, run: () => BertResult) =>
  (): Scalar =>
    tidy(() => {
      const { states } = run();
      return sum(mul(states, tensor(valuesOf(`${prefix}probe`, states.shape, 1), states.shape))) as Scalar;
    });
