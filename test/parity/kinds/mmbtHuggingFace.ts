// The kind `mmbt_hf_tiny`: the bitransformer through the layout of Hugging Face's MMBT.
// Shapes: B batch, N modal tokens.
import { ones, tensor3d, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { TokenBlock } from '@tessera/core';
import { mmbtHuggingFace, readThroughLayout } from '@tessera/weights';
import { formulaSource, valuesOf } from '../formula.js';
import { lossChecks, type LossRecord } from '../gradients.js';
import { crossEntropy } from '../losses.js';
import { errorOf, type Check, type Fixture, type ValueRecord } from '../records.js';
import { got, ids, inScope, mask } from '../tensors.js';
import type { BertSizes } from './bert.js';
import { configOf, FusionModel } from './fusionModel.js';

interface HuggingFaceCase extends LossRecord {
  readonly last_hidden_state: ValueRecord;
  readonly pooler_output: ValueRecord;
  readonly logits: ValueRecord;
}

/** A file of this kind. */
export interface HuggingFaceFixture extends Fixture {
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
  readonly state_dict: Record<string, number[]>;
}

/** Which special tokens each case of the file has. */
const specialTokens: Readonly<Record<string, 'mmbt' | 'none'>> = {
  start_and_end_tokens: 'mmbt',
  no_start_or_end_tokens: 'none',
};

const layout = mmbtHuggingFace({ image: 'modal', classifier: 'classifier' });

/** Runs a Hugging Face-layout fixture on the current backend. */
export async function mmbtHuggingFaceChecks(fixture: HuggingFaceFixture): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, want] of Object.entries(fixture.cases)) {
    const special = specialTokens[name];
    if (!special) throw new Error(`mmbt_hf_tiny: unknown case "${name}".`);
    const model = modelOf(fixture, special);
    try {
      checks.push(...(await inScope(() => caseChecks(fixture, name, want, model))));
    } finally {
      model.dispose();
    }
  }
  return checks;
}

function modelOf(
  { config, input, state_dict, name_prefix }: HuggingFaceFixture,
  special: 'mmbt' | 'none',
): FusionModel {
  const [, numTokens = 0] = input['input.modal'].shape;
  return new FusionModel({
    source: readThroughLayout(layout, formulaSource(state_dict, { prefix: name_prefix })),
    config: { ...configOf(config), specialTokens: special, paddingSegment: 'own' },
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
