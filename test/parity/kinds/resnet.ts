// The kind `resnet`: vision's ResNets through the layout of torchvision's, any depth, width and picture size.
// Shapes: B batch, H and W size of the pictures, N tokens, C channels.
import { inferenceContext, ParameterStore, type ParameterScope } from '@tessera/core';
import {
  augmentSchema,
  imageInputSchema,
  ImagePreparation,
  normalizations,
  ResNet,
  ResnetEncoder,
  resnetPresets,
  toRenderPlan,
  type ImageDecoder,
  type ResnetName,
  type ResnetOptions,
  type ResnetStage,
} from '@tessera/vision';
import { foreignName, readThroughLayout, torchvisionResnet } from '@tessera/weights';
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
import { formulaSource, parameterOf, valuesOf, type FormulaOptions } from '../formula.js';
import { errorOf, type Check, type Fixture, type ValueRecord } from '../records.js';
import { got, inScope } from '../tensors.js';
import { commonKeys, requireKind, requireKnownKeys, summarize, type Summary } from '../understood.js';

interface ResnetFixture extends Fixture {
  readonly input: { readonly 'input.image': { readonly shape: readonly number[]; readonly amplitude: number } };
  readonly residual_gamma_names: string;
  /** Arrays in torchvision's state dict, counters and classifier included. */
  readonly state_entries: number;
  readonly stages: Readonly<Record<string, ValueRecord>>;
  readonly feature_map: ValueRecord;
  readonly avg_pool: Readonly<Record<string, ValueRecord>>;
  readonly max_pool: Readonly<Record<string, ValueRecord>>;
  readonly logits?: ValueRecord;
  readonly state_dict?: Readonly<Record<string, readonly number[]>>;
}

const knownKeys = [
  ...commonKeys,
  ...['input', 'residual_gamma_names', 'state_entries', 'state_elements', 'state_dict'],
  ...['stages', 'feature_map', 'avg_pool', 'max_pool', 'logits'],
];

const layout = torchvisionResnet('');

/** Runs a ResNet fixture on the current backend. */
export function resnetChecks(given: unknown): Promise<Check[]> {
  requireKind(given, 'resnet');
  const fixture = given as ResnetFixture;
  requireKnownKeys(fixture, knownKeys, 'resnet');
  return inScope(() => runResnet(fixture));
}

/** Reads a file of this kind. */
export const checkResnet = async (fixture: unknown): Promise<Summary> =>
  summarize(`resnet, ${String((fixture as ResnetFixture).state_entries)} arrays`, await resnetChecks(fixture));

async function runResnet(fixture: ResnetFixture): Promise<Check[]> {
  const { options, shapes } = findNetwork(fixture);
  const formula = { prefix: fixture.name_prefix, residualGammas: new RegExp(fixture.residual_gamma_names) };
  const weights = formulaSource(shapes, formula);
  const parameters = new ParameterStore(0, readThroughLayout(layout, weights));
  try {
    const network = new ResNet(parameters.scope(), options);
    const maps = encoderOf(network, 'average', [1, 1]).stages(imagesOf(fixture), inferenceContext());
    const map = maps.layer4;
    if (!map) throw new Error('resnet: the network gave no feature map.');
    return [
      ...(await stageChecks(fixture, maps)),
      ...(await poolChecks(fixture, network, map)),
      ...(await logitsChecks(fixture, network, map, formula)),
    ];
  } finally {
    parameters.dispose();
  }
}

/** The preset whose state dict has as many arrays as the fixture's, and the shapes of its parameters. */
function findNetwork({ state_entries: entries, state_dict: stateDict }: ResnetFixture): {
  options: ResnetOptions;
  shapes: Record<string, readonly number[]>;
} {
  const width = stateDict?.['conv1.weight']?.[0] ?? 64;
  for (const name of Object.keys(resnetPresets) as ResnetName[]) {
    const options: ResnetOptions = { ...resnetPresets[name], width, stem: 'imagenet', stemStride: 1 };
    const shapes = shapesOf(options);
    const names = Object.keys(shapes);
    const counters = names.filter((parameter) => parameter.endsWith('running_mean')).length;
    if (names.length + counters + 2 !== entries) continue;
    for (const parameter of stateDict ? names : []) {
      if (stateDict?.[parameter]?.join() !== shapes[parameter]?.join()) {
        throw new Error(`resnet: ${name}'s ${parameter} is [${String(shapes[parameter])}] here, not in the fixture.`);
      }
    }
    return { options, shapes };
  }
  throw new Error(`resnet: no network has ${entries} arrays in its state dict.`);
}

/** torchvision's names and shapes of a network's parameters, without making them. */
function shapesOf(options: ResnetOptions): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  const value = undefined as never; // no parameter is used
  const record = (role: 'weight' | 'buffer', path: string, shape: readonly number[]) => {
    const [kH = 0, kW = 0, inputs = 0, outputs = 0] = shape;
    shapes[foreignName(layout, path) ?? path] = shape.length === 4 ? [outputs, inputs, kH, kW] : shape;
    return { path, role, shape, decays: false, value };
  };
  const scope = (path: string): ParameterScope => ({
    path,
    scope: (name) => scope(path === '' ? name : `${path}.${name}`),
    weight: (name, shape) => record('weight', `${path}.${name}`, shape),
    buffer: (name, shape) => record('buffer', `${path}.${name}`, shape),
  });
  new ResNet(scope(''), options);
  return shapes;
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
  { stages, feature_map: featureMap, tolerance }: ResnetFixture,
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
  for (const [kind, grids] of [['average', fixture.avg_pool] as const, ['max', fixture.max_pool] as const]) {
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
