// The kind `mmbt_hf_tiny`: the bitransformer through the layout of Hugging Face's MMBT. Compared for every case: the last
// states, the pooled state, logits, loss and gradients of all parameters.
// Shapes: B batch, N modal tokens.
import { ones, tensor3d, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { TokenBlock } from '@tessera/core';
import { mmbtHuggingFace, readThroughLayout } from '@tessera/weights';
import { formulaSource, valuesOf } from '../formula.js';
import { lossChecks, type LossRecord } from '../gradients.js';
import { crossEntropy } from '../losses.js';
import { errorOf, type Check, type Fixture, type ValueRecord } from '../records.js';
import { requireSameNames, type NamedParameters } from '../parameterNames.js';
import { got, ids, mask } from '../tensors.js';
import { transformerSizes, type BertSizes } from './bertSizes.js';
import { FusionModel } from './fusionModel.js';

interface HuggingFaceCase extends LossRecord {
  readonly last_hidden_state: ValueRecord;
  readonly pooler_output: ValueRecord;
  readonly logits: ValueRecord;
}

/** A file of this kind. */
export interface HuggingFaceFixture extends Fixture, NamedParameters {
  readonly gradient_tolerance: number;
  readonly config: BertSizes & { readonly modal_hidden_size: number; readonly num_labels: number };
  readonly input: {
    readonly 'input.modal': { readonly shape: [number, number, number]; readonly amplitude: number };
    readonly input_ids: number[][];
    readonly attention_mask: number[][];
    readonly start_token: number;
    readonly end_token: number;
  };
  readonly labels: number[];
  readonly cases: Readonly<Record<string, HuggingFaceCase>>;
}

const layout = mmbtHuggingFace({ image: 'modal', classifier: 'classifier' });

/** Runs a Hugging Face-layout fixture on the current backend. */
export async function mmbtHuggingFaceChecks(fixture: HuggingFaceFixture): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, want] of Object.entries(fixture.cases)) {
    const model = modelOf(fixture, specialTokensOf(fixture, name, want));
    try {
      requireSameNames(fixture, { parameters: model.parameters, layout });
      checks.push(...(await caseChecks(fixture, name, want, model)));
    } finally {
      model.dispose();
    }
  }
  return checks;
}

/** Whether a case has a start and an end token, told by the length of its joint sequence. */
function specialTokensOf({ input }: HuggingFaceFixture, name: string, want: HuggingFaceCase): 'mmbt' | 'none' {
  const [, length = 0] = want.last_hidden_state.shape;
  const tokens = input['input.modal'].shape[1] + (input.input_ids[0]?.length ?? 0);
  if (length === tokens + 2) return 'mmbt';
  if (length === tokens) return 'none';
  throw new Error(`not understood: case ${name}, of length ${length} with ${tokens} tokens.`);
}

function modelOf(
  { config, input, state_dict, name_prefix }: HuggingFaceFixture,
  special: 'mmbt' | 'none',
): FusionModel {
  const [, numTokens = 0] = input['input.modal'].shape;
  return new FusionModel({
    source: readThroughLayout(layout, formulaSource(state_dict, { prefix: name_prefix })),
    config: { ...transformerSizes(config), specialTokens: special, paddingSegment: 'own' },
    vocabulary: {
      size: config.vocab_size,
      padId: 0,
      clsId: input.start_token,
      sepId: input.end_token,
      fingerprint: 'fixture',
    },
    modalities: [
      {
        modality: 'modal',
        tokenWidth: config.modal_hidden_size,
        maxTokens: numTokens,
        fixedLength: true,
        tokenSpace: 'encoder',
        numParts: 1,
      },
      {
        modality: 'text',
        tokenWidth: config.hidden_size,
        maxTokens: Math.max(...input.input_ids.map((row) => row.length)),
        fixedLength: false,
        tokenSpace: 'fusion',
        numParts: 1,
      },
    ],
    numClasses: config.num_labels,
  });
}

async function caseChecks(
  fixture: HuggingFaceFixture,
  name: string,
  want: HuggingFaceCase,
  model: FusionModel,
): Promise<Check[]> {
  const { tolerance, gradient_tolerance: gradientTolerance } = fixture;
  const blocks = (): TokenBlock[] => blocksOf(fixture, model);
  const state = model.fuse(blocks());
  const check = (what: string, error: number): Check => ({ what: `${name} ${what}`, error, tolerance });
  return [
    check('last_hidden_state', state.tokens ? errorOf(await got(state.tokens), want.last_hidden_state) : Infinity),
    check('pooler_output', errorOf(await got(state.pooled), want.pooler_output)),
    check('logits', errorOf(await got(model.logits(state)), want.logits)),
    ...(await lossChecks(() => crossEntropy(model.logits(model.fuse(blocks())), fixture.labels), want, {
      what: name,
      parameters: model.parameters,
      layout,
      tolerance,
      gradientTolerance,
    })),
  ];
}

function blocksOf({ input, name_prefix }: HuggingFaceFixture, model: FusionModel): TokenBlock[] {
  const { shape, amplitude } = input['input.modal'];
  const modal: Tensor3D = tensor3d(valuesOf(`${name_prefix}input.modal`, shape, amplitude), shape); // [B, N, E]
  return [
    { tokens: modal, mask: ones([shape[0], shape[1]]) as Tensor2D },
    { tokens: model.words.lookup(ids(input.input_ids)), mask: mask(input.attention_mask) },
  ];
}
