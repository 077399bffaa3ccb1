// ResNet-18 and -50 against torchvision's values, through the encoder a spec gets. The deeper ones run in
// `npm run parity`. Parameters and inputs come from the formula in test/fixtures/README.md.
import { readFileSync } from 'node:fs';
import { openBackend } from '@tessera/backends';
import { hashText, inferenceContext, ParameterStore, type ParameterSource } from '@tessera/core';
import { readThroughLayout, torchvisionResnet } from '@tessera/weights';
import { tensor4d, tidy, transpose, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { augmentSchema } from '../augment/augmentSchema.js';
import { imageInputSchema, toRenderPlan } from '../input/imageInputSchema.js';
import { ImagePreparation } from '../input/imagePreparation.js';
import { normalizations } from '../input/normalization.js';
import { ResNet } from './resnet.js';
import { ResnetEncoder, type PoolOptions } from './resnetEncoder.js';
import { resnetPresets } from './resnetPresets.js';

interface Summary {
  readonly shape: readonly number[];
  readonly l2: number;
  readonly samples: readonly number[];
}

interface ResnetFixture {
  readonly name_prefix: string;
  readonly tolerance: number;
  readonly residual_gamma_names: string;
  readonly input: { readonly 'input.image': { readonly shape: readonly number[] } };
  readonly stages: Readonly<Record<string, Summary>>;
  readonly feature_map: Summary;
  readonly avg_pool: Readonly<Record<string, Summary>>;
  readonly max_pool: Readonly<Record<string, Summary>>;
  readonly state_dict: Readonly<Record<string, readonly number[]>>;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

function units(name: string, shape: readonly number[], map: (unit: number) => number): Float32Array {
  const seed = hashText(name);
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    let h = (seed + Math.imul(i, 0x9e3779b1)) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return map(((h ^ (h >>> 16)) >>> 0) / 2 ** 32);
  });
}
const values = (name: string, shape: readonly number[], amplitude: number): Float32Array =>
  units(name, shape, (unit) => (2 * unit - 1) * amplitude);

/** torchvision's state dict with the formula's values. */
function formulaSource(fixture: ResnetFixture): ParameterSource {
  const { state_dict: shapes, name_prefix: prefix } = fixture;
  const small = new RegExp(fixture.residual_gamma_names);
  const parameter = (name: string, shape: readonly number[]): Float32Array => {
    if (name.endsWith('running_mean')) return values(prefix + name, shape, 0.05);
    if (name.endsWith('running_var')) return units(prefix + name, shape, (unit) => 1 + 0.5 * unit);
    if (shape.length === 4) return values(prefix + name, shape, Math.sqrt(6 / sizeOf(shape.slice(1))));
    if (name.endsWith('weight')) {
      const scale = small.test(name) ? 0.2 : 1;
      return units(prefix + name, shape, (unit) => scale * (1 + 0.1 * (2 * unit - 1)));
    }
    return values(prefix + name, shape, 0.02);
  };
  return {
    description: 'formula',
    read: (name) => {
      const shape = shapes[name];
      return shape && { shape, values: parameter(name, shape) };
    },
  };
}

const noPreparation = new ImagePreparation(
  {
    inspect: () => Promise.reject(new Error('unused')),
    decode: () => Promise.reject(new Error('unused')),
    encodePng: () => Promise.reject(new Error('unused')),
  },
  {
    plan: toRenderPlan(imageInputSchema.parse({}), { defaultResize: (size) => size, keepWhole: false }),
    normalization: normalizations.imagenet,
    augment: augmentSchema.parse({}),
  },
);

/** max |got - want| / rms(want), at the sampled places. */
async function errorOf(got: Tensor, want: Summary): Promise<number> {
  expect(got.shape).toEqual(want.shape);
  const data = await got.data();
  const last = data.length - 1;
  const places = data.length <= 64 ? data.length : 64;
  const differences = want.samples.map((sample, k) =>
    Math.abs((data[data.length <= 64 ? k : Math.floor((k * last) / 63)] as number) - sample),
  );
  expect(want.samples.length).toBe(places);
  return Math.max(...differences) / (want.l2 / Math.sqrt(data.length));
}

const nchw = (map: Tensor4D): Tensor => transpose(map, [0, 3, 1, 2]);

describe.each(['resnet18', 'resnet50'] as const)('%s', (name) => {
  const fixture = JSON.parse(readFileSync(`test/fixtures/${name}.json`, 'utf8')) as ResnetFixture;
  const { shape } = fixture.input['input.image'];
  let encoderOf: (pool: PoolOptions) => ResnetEncoder;
  let maps: Partial<Record<string, Tensor4D>>;

  beforeAll(async () => {
    await openBackend({ backend: 'wasm' });
    const source = readThroughLayout(torchvisionResnet(''), formulaSource(fixture));
    const options = { ...resnetPresets[name], width: 64, stem: 'imagenet', stemStride: 1 } as const;
    const network = new ResNet(new ParameterStore(1, source).scope(), options);
    encoderOf = (pool) => new ResnetEncoder('', network, noPreparation, pool);
    const encoder = encoderOf({ kind: 'average', grid: [1, 1] });
    const [batch = 1, channels = 3, height = 1, width = 1] = shape;
    maps = tidy(() => {
      const images = tensor4d(values(`${fixture.name_prefix}input.image`, shape, 1), [batch, channels, height, width]);
      return encoder.stages(transpose(images, [0, 2, 3, 1]), inferenceContext());
    });
  });

  it('has torchvision’s stages and feature map', async () => {
    for (const [stage, want] of [...Object.entries(fixture.stages), ['layer4', fixture.feature_map] as const]) {
      const got = nchw(maps[stage] as Tensor4D);
      expect(await errorOf(got, want), stage).toBeLessThan(fixture.tolerance);
    }
  });

  it('pools the map to torch’s adaptive grids', async () => {
    for (const [kind, grids] of [['average', fixture.avg_pool] as const, ['max', fixture.max_pool] as const]) {
      for (const [grid, want] of Object.entries(grids)) {
        const [rows = 1, columns = 1] = grid.split('x').map(Number);
        const encoder = encoderOf({ kind, grid: [rows, columns] });
        expect(encoder.maxTokens).toBe(rows * columns);
        const tokens = encoder.poolTokens(maps['layer4'] as Tensor4D);
        expect(await errorOf(tokens, want), `${kind} ${grid}`).toBeLessThan(fixture.tolerance);
      }
    }
  });
});
