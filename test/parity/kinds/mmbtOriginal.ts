// The kind `mmbt_original_tiny`: the bitransformer through the layout of facebookresearch/mmbt. Compared: the joint mask,
// what goes into the first layer, the last states, the pooled state, logits, and loss and gradients of all parameters for
// both tasks.
// Shapes: B batch, N image tokens, C image channels.
import { ones, reshape, tensor4d, transpose, type Tensor2D, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { TokenBlock } from '@tessera/core';
import { adaptivePool2d } from '@tessera/layers';
import { mmbtOriginal, readThroughLayout } from '@tessera/weights';
import { formulaSource, valuesOf } from '../formula.js';
import { lossChecks, type LossRecord } from '../gradients.js';
import { binaryCrossEntropy, crossEntropy } from '../losses.js';
import { errorOf, type Check, type Fixture, type ValueRecord } from '../records.js';
import { requireSameNames, type NamedParameters } from '../parameterNames.js';
import { got, ids, mask } from '../tensors.js';
import { poolKindOf } from './adaptivePool.js';
import { transformerSizes, type BertSizes } from './bertSizes.js';
import { FusionModel } from './fusionModel.js';

/** Sizes of an original-layout MMBT. */
export interface OriginalSizes extends BertSizes {
  readonly img_hidden_sz: number;
  readonly n_classes: number;
  readonly image_grid: readonly [number, number];
  readonly image_pool: string;
  readonly cls_id: number;
  readonly sep_id: number;
}

/** One batch of texts. */
export interface OriginalText {
  readonly ids: number[][];
  readonly mask: number[][];
  /** 1 and, for a second sentence, 2; padding 0. */
  readonly segments: number[][];
}

type Shape4 = [number, number, number, number];

/** What a model of this layout is made from. */
export interface OriginalModelFixture extends Fixture, NamedParameters {
  readonly config: OriginalSizes;
  readonly input: { readonly 'input.image_features': { readonly shape: Shape4; readonly amplitude: number } };
}

/** A file of this kind. */
export interface OriginalFixture extends OriginalModelFixture {
  readonly gradient_tolerance: number;
  readonly input: OriginalModelFixture['input'] & {
    readonly text_ids: number[][];
    readonly text_mask: number[][];
    readonly text_segments: number[][];
  };
  readonly targets: {
    readonly single_label: number[];
    readonly multi_label: number[][];
    readonly pos_weight: number[];
  };
  readonly forward: {
    readonly mask: number[][];
    readonly encoder_input: ValueRecord;
    readonly last_hidden_state: ValueRecord;
    readonly pooled: ValueRecord;
    readonly logits: ValueRecord;
  };
  readonly single_label: LossRecord;
  readonly multi_label: LossRecord;
}

/** Where the layout's parts stand in the model built here. */
const originalLayout = mmbtOriginal({ image: 'image', classifier: 'classifier' });

/** The model of a fixture, with the formula's weights. */
function modelOf({ config, state_dict, name_prefix }: OriginalModelFixture, maxTokens: number): FusionModel {
  const [rows, columns] = config.image_grid;
  return new FusionModel({
    source: readThroughLayout(originalLayout, formulaSource(state_dict, { prefix: name_prefix })),
    config: transformerSizes(config),
    vocabulary: {
      size: config.vocab_size,
      padId: 0,
      clsId: config.cls_id,
      sepId: config.sep_id,
      fingerprint: 'fixture',
    },
    modalities: [
      {
        modality: 'image',
        tokenWidth: config.img_hidden_sz,
        maxTokens: rows * columns,
        fixedLength: true,
        tokenSpace: 'encoder',
        numParts: 1,
      },
      {
        modality: 'text',
        tokenWidth: config.hidden_size,
        maxTokens,
        fixedLength: false,
        tokenSpace: 'fusion',
        numParts: config.type_vocab_size - 1,
      },
    ],
    numClasses: config.n_classes,
  });
}

function blocksOf(
  { config, input, name_prefix: prefix }: OriginalModelFixture,
  model: FusionModel,
  text: OriginalText,
): TokenBlock[] {
  const { shape, amplitude } = input['input.image_features'];
  const features: Tensor4D = tensor4d(valuesOf(`${prefix}input.image_features`, shape, amplitude), shape); // NCHW
  const pooled = adaptivePool2d(transpose(features, [0, 2, 3, 1]), config.image_grid, poolKindOf(config.image_pool));
  const [batch, rows, columns, channels] = pooled.shape;
  const parts = text.segments.map((row) => row.map((segment) => Math.max(segment - 1, 0)));
  return [
    {
      tokens: reshape(pooled, [batch, rows * columns, channels]), // [B, N, C]
      mask: ones([batch, rows * columns]) as Tensor2D,
    },
    { tokens: model.words.lookup(ids(text.ids)) as Tensor3D, mask: mask(text.mask), parts: ids(parts) },
  ];
}

/** The reference stores a second head, `enc.clf`, and never uses it; it has the shapes of the one in use. */
export const twinOfUnused = (name: string): string | undefined => /^enc\.(clf\..*)$/.exec(name)?.[1];

/** Runs an original-layout fixture on the current backend. */
export async function mmbtOriginalChecks(fixture: OriginalFixture): Promise<Check[]> {
  const { input, targets } = fixture;
  const text = { ids: input.text_ids, mask: input.text_mask, segments: input.text_segments };
  const model = modelOf(fixture, Math.max(...text.ids.map((row) => row.length)));
  const blocks = (): TokenBlock[] => blocksOf(fixture, model, text);
  const logits = (): Tensor2D => model.logits(model.fuse(blocks()));
  const options = {
    parameters: model.parameters,
    layout: originalLayout,
    tolerance: fixture.tolerance,
    gradientTolerance: fixture.gradient_tolerance,
  };
  try {
    requireSameNames(fixture, { parameters: model.parameters, layout: originalLayout, twinOf: twinOfUnused });
    return [
      ...(await forwardChecks(fixture, model, blocks())),
      ...(await lossChecks(() => crossEntropy(logits(), targets.single_label), fixture.single_label, {
        what: 'single_label',
        ...options,
      })),
      ...(await lossChecks(
        () => binaryCrossEntropy(logits(), targets.multi_label, targets.pos_weight),
        fixture.multi_label,
        { what: 'multi_label', ...options },
      )),
    ];
  } finally {
    model.dispose();
  }
}

async function forwardChecks(
  { forward, tolerance }: OriginalFixture,
  model: FusionModel,
  blocks: readonly TokenBlock[],
): Promise<Check[]> {
  const embedded = model.embed(blocks);
  const state = model.fuse(blocks);
  const wantedMask = { shape: embedded.mask.shape, data: forward.mask.flat() };
  const compared = [
    ['mask', state.mask, wantedMask],
    ['encoder_input', embedded.tokens, forward.encoder_input],
    ['last_hidden_state', state.tokens, forward.last_hidden_state],
    ['pooled', state.pooled, forward.pooled],
    ['logits', model.logits(state), forward.logits],
  ] as const;
  const checks: Check[] = [];
  for (const [what, tensorGot, want] of compared) {
    const error = tensorGot ? errorOf(await got(tensorGot), want) : Infinity;
    checks.push({ what, error, tolerance });
  }
  return checks;
}
