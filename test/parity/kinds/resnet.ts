// The kind `resnet`: vision's ResNets from a safetensors file in torchvision's layout, any depth, width and picture size. Compared:
// maps after every stage, pooled tokens for every grid, logits, and names, shapes and number of the parameters.
// Shapes: B batch, H and W size of the pictures, N tokens, C channels.
import { inferenceContext, ParameterStore } from '@tessera/core';
import {
  augmentSchema,
  imageInputSchema,
  ImagePreparation,
  normalizations,
  ResNet,
  ResnetEncoder,
  toRenderPlan,
  type ImageDecoder,
  type ResnetStage,
} from '@tessera/vision';
import {
  add,
  matMul,
  reshape,
  tensor1d,
  tensor2d,
  tensor4d,
  transpose,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { parameterOf, valuesOf, type FormulaOptions } from '../formula.js';
import { errorOf, type Check, type Fixture, type ValueRecord } from '../records.js';
import { got } from '../tensors.js';
import { requireAllUsed, writtenWeights } from '../writtenWeights.js';
import { findNetwork } from './resnetNetwork.js';

/** A file of this kind. */
export interface ResnetFixture extends Fixture {
  readonly about?: string;
  readonly input: { readonly 'input.image': { readonly shape: readonly number[]; readonly amplitude: number } };
  readonly residual_gamma_names: string;
  /** Arrays in torchvision's state dict, counters and classifier included. */
  readonly state_entries?: number;
  /** Their elements. */
  readonly state_elements?: number;
  readonly stages?: Readonly<Record<string, ValueRecord>>;
  readonly feature_map: ValueRecord;
  readonly avg_pool?: Readonly<Record<string, ValueRecord>>;
  readonly max_pool?: Readonly<Record<string, ValueRecord>>;
  readonly logits?: ValueRecord;
  readonly state_dict?: Readonly<Record<string, readonly number[]>>;
}

/** Runs a ResNet fixture on the current backend. */
export async function resnetChecks(fixture: ResnetFixture): Promise<Check[]> {
  const { options, shapes } = findNetwork(fixture);
  const formula = { prefix: fixture.name_prefix, residualGammas: new RegExp(fixture.residual_gamma_names) };
  const weights = await writtenWeights(shapes, formula);
  const parameters = new ParameterStore(0, weights);
  try {
    const network = new ResNet(parameters.scope(), options);
    requireAllUsed(weights);
    const maps = encoderOf(network, 'average', [1, 1]).stages(imagesOf(fixture), inferenceContext());
    const map = maps.layer4;
    if (!map) throw new Error('resnet: the network gave no feature map.');
    return [
      ...(await stageChecks(fixture, maps)),
      ...(await poolChecks(fixture, network, map)),
      ...(await logitsChecks(fixture, network, map, formula)),
    ];
  } finally {
    weights.close();
    parameters.dispose();
  }
}

const unused = (): Promise<never> => Promise.reject(new Error('resnet: no picture is decoded.'));
const noDecoder: ImageDecoder = { inspect: unused, decode: unused, encodePng: unused };

function encoderOf(network: ResNet, kind: 'average' | 'max', grid: readonly [number, number]): ResnetEncoder {
  const preparation = new ImagePreparation(noDecoder, {
    plan: toRenderPlan(imageInputSchema.parse({}), { defaultResize: (size) => size, keepWhole: false }),
    normalization: normalizations.imagenet,
    augment: augmentSchema.parse({}),
  });
  return new ResnetEncoder('', network, preparation, { kind, grid });
}

/** The fixture's pictures, [B, 3, H, W] there, as [B, H, W, 3]. */
function imagesOf({ input, name_prefix: prefix }: ResnetFixture): Tensor4D {
  const { shape, amplitude } = input['input.image'];
  const [batch = 0, channels = 0, height = 0, width = 0] = shape;
  const images = tensor4d(valuesOf(`${prefix}input.image`, shape, amplitude), [batch, channels, height, width]);
  return transpose(images, [0, 2, 3, 1]);
}

const toChannelsFirst = (map: Tensor4D): Tensor => transpose(map, [0, 3, 1, 2]);

async function stageChecks(
  { stages = {}, feature_map: featureMap, tolerance }: ResnetFixture,
  maps: Partial<Record<ResnetStage, Tensor4D>>,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [stage, want] of [...Object.entries(stages), ['layer4', featureMap] as const]) {
    const map = maps[stage as ResnetStage];
    const error = map ? errorOf(await got(toChannelsFirst(map)), want) : Infinity;
    checks.push({ what: stage, error, tolerance });
  }
  return checks;
}

async function poolChecks(fixture: ResnetFixture, network: ResNet, map: Tensor4D): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [kind, grids] of [
    ['average', fixture.avg_pool ?? {}] as const,
    ['max', fixture.max_pool ?? {}] as const,
  ]) {
    for (const [grid, want] of Object.entries(grids)) {
      const [rows = 0, columns = 0] = grid.split('x').map(Number);
      const tokens = encoderOf(network, kind, [rows, columns]).poolTokens(map); // [B, N, C]
      checks.push({
        what: `${kind} pool ${grid}`,
        error: errorOf(await got(tokens), want),
        tolerance: fixture.tolerance,
      });
    }
  }
  return checks;
}

/** torchvision's classifier on the mean of the map. */
async function logitsChecks(
  { logits, tolerance }: ResnetFixture,
  network: ResNet,
  map: Tensor4D,
  formula: FormulaOptions,
): Promise<Check[]> {
  if (!logits) return [];
  const [batch = 0, classes = 0] = logits.shape;
  const width = network.featureWidth;
  const pooled = reshape(encoderOf(network, 'average', [1, 1]).poolTokens(map), [batch, width]) as Tensor2D;
  const weight = tensor2d(parameterOf('fc.weight', [classes, width], formula), [classes, width]);
  const bias = tensor1d(parameterOf('fc.bias', [classes], formula));
  return [
    { what: 'logits', error: errorOf(await got(add(matMul(pooled, weight, false, true), bias)), logits), tolerance },
  ];
}
