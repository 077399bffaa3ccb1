// Which network a ResNet fixture is of: its depth is told by the number of arrays in its state dict.
import type { ParameterScope } from '@tessera/core';
import { ResNet, resnetPresets, type ResnetName, type ResnetOptions } from '@tessera/vision';
import { foreignName, torchvisionResnet } from '@tessera/weights';
import type { ResnetFixture } from './resnet.js';

/** Shapes by torchvision's names. */
type Shapes = Readonly<Record<string, readonly number[]>>;

/** A network and its parameters, counters and classifier left out. */
export interface FoundNetwork {
  readonly options: ResnetOptions;
  readonly shapes: Shapes;
}

const layout = torchvisionResnet('');
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** The network of a fixture. Throws when none has what the file says of its parameters. */
export function findNetwork(fixture: ResnetFixture): FoundNetwork {
  const { state_dict: stateDict, state_entries: given, about } = fixture;
  const entries = given ?? (stateDict && Object.keys(stateDict).length);
  const width = stateDict?.['conv1.weight']?.[0] ?? 64;
  for (const name of Object.keys(resnetPresets) as ResnetName[]) {
    const options: ResnetOptions = { ...resnetPresets[name], width, stem: 'imagenet', stemStride: 1 };
    const { shapes, featureWidth } = dryRun(options);
    const all = withClassifier(shapes, featureWidth, classesOf(fixture));
    const fits = entries === undefined ? about?.split(/\W+/).includes(name) : Object.keys(all).length === entries;
    if (!fits) continue;
    requireStateDict(name, all, fixture);
    return { options, shapes };
  }
  throw new Error(`no ResNet has ${entries ?? 'an unknown number of'} arrays in its state dict.`);
}

/** ImageNet's classes unless the file says otherwise. */
const classesOf = ({ logits, state_dict: stateDict }: ResnetFixture): number =>
  logits?.shape[1] ?? stateDict?.['fc.bias']?.[0] ?? 1000;

/** All of torchvision's state dict: each BatchNorm counts its batches, and there is a classifier. */
function withClassifier(shapes: Shapes, featureWidth: number, numClasses: number): Shapes {
  const means = Object.keys(shapes).filter((name) => name.endsWith('running_mean'));
  const counters = means.map((name) => [name.replace('running_mean', 'num_batches_tracked'), []] as const);
  return {
    ...shapes,
    ...Object.fromEntries(counters),
    'fc.weight': [numClasses, featureWidth],
    'fc.bias': [numClasses],
  };
}

function requireStateDict(network: string, shapes: Shapes, fixture: ResnetFixture): void {
  const { state_dict: stateDict, state_elements: wanted } = fixture;
  const elements = Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (wanted !== undefined && elements !== wanted) {
    throw new Error(`${network}'s state dict has ${elements} elements, not ${wanted}.`);
  }
  if (!stateDict) return;
  const names = new Set([...Object.keys(shapes), ...Object.keys(stateDict)]);
  const other = [...names].find((name) => shapes[name]?.join() !== stateDict[name]?.join());
  if (other !== undefined) throw new Error(`${network}'s state dict differs from the file's in ${other}.`);
}

/** A network's parameters by torchvision's names, without making them. */
function dryRun(options: ResnetOptions): { shapes: Shapes; featureWidth: number } {
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
  const { featureWidth } = new ResNet(scope(''), options);
  return { shapes, featureWidth };
}
