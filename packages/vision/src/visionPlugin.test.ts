import {
  createWorkbench,
  defineFusion,
  defineHead,
  defineOptimizer,
  definePlugin,
  defineSchedule,
  fitAssets,
  inversifyContainer,
  type Container,
  type Fusion,
  type Head,
  type Optimizer,
  type Sample,
  type Schedule,
  type Split,
} from '@tessera/core';
import { beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { normalizationFile } from './input/normalization.js';
import { imageDecoder } from './picture/imageDecoder.js';
import type { RawImage, RawPixels } from './picture/rawImage.js';
import { sharpDecoder } from './sharpDecoder.js';
import { visionPlugin } from './visionPlugin.js';

const config = z.object({});
const rest = definePlugin({
  name: 'rest',
  components: [
    defineFusion({ name: 'none', summary: '', config, create: () => ({}) as Fusion }),
    defineHead<string, string>()({ name: 'none', summary: '', config, create: () => ({}) as Head<string, string> }),
    defineOptimizer({ name: 'adamw', summary: '', config, create: () => ({}) as Optimizer }),
    defineSchedule({ name: 'linear', summary: '', config, create: () => ({}) as Schedule }),
  ],
});
const parts = { fusion: { type: 'none' }, heads: { label: { type: 'none' } } } as const;

let container: Container;
beforeEach(() => {
  container = inversifyContainer();
  container.bind(imageDecoder, { value: sharpDecoder() });
});
const workbench = () => createWorkbench({ plugins: [visionPlugin, rest], container });

describe('spec', () => {
  it('takes every option, and infers what a raw picture is', () => {
    const bench = workbench();
    const spec = bench.defineModel({
      ...parts,
      modalities: {
        image: {
          encoder: 'resnet18',
          width: 16,
          stem: 'small',
          stemStride: 2,
          input: {
            size: [32, 48],
            interpolation: 'box',
            normalize: { mean: [0, 0, 0], std: [1, 1, 1] },
            background: [0, 0, 0],
          },
          pool: { kind: 'max', grid: [3, 1] },
          augment: {
            crop: { scale: [0.5, 1] },
            affine: { scale: [0.8, 1.2], rotate: 14.3, translate: 0.075 },
            flip: 0.5,
            brightness: 0.2,
            color: 0.2,
          },
        },
      },
    });
    expect(spec.modalities.image.width).toBe(16);
    type Inputs = Parameters<Awaited<ReturnType<typeof bench.build<typeof spec>>>['predict']>[0];
    expectTypeOf<Inputs['image']>().toEqualTypeOf<RawImage | undefined>();
    // @ts-expect-error a misspelt option does not compile
    expect(() => bench.defineModel({ ...parts, modalities: { image: { encoder: 'resnet18', pol: {} } } })).toThrow(
      'modalities.image.pol: unknown key "pol"',
    );
  });

  const problems: Readonly<Record<string, readonly [options: object, message: string]>> = {
    'a crop larger than the resized picture': [
      { input: { size: 224, resize: 200 } },
      'modalities.image.input.resize: must be at least as long as the longer side of size',
    ],
    'a misspelt nested key': [
      { augment: { affine: { rotation: 3 } } },
      'modalities.image.augment.affine.rotation: unknown key',
    ],
    'a wrong range': [
      { augment: { affine: { scale: [2, 1] } } },
      'modalities.image.augment.affine.scale: must be [lowest, highest]',
    ],
    'a grid of three': [{ pool: { grid: [1, 2, 3] } }, 'modalities.image.pool.grid: must have at most 2'],
    'an unknown filter': [{ input: { interpolation: 'bilinar' } }, 'Did you mean "bilinear"?'],
    'an unknown normalisation': [{ input: { normalize: 'imagnet' } }, 'modalities.image.input.normalize: must be'],
  };
  it.each(Object.entries(problems))('refuses %s', (_, [options, message]) => {
    const spec = { ...parts, modalities: { image: { encoder: 'resnet18', ...options } } };
    expect(() => workbench().resolve(spec)).toThrow(message);
  });

  it('says that a decoder is missing', async () => {
    const bare = createWorkbench({ plugins: [visionPlugin, rest] });
    const spec = { ...parts, modalities: { image: { encoder: 'resnet18', width: 1 } } } as const;
    await expect(bare.build(spec)).rejects.toThrow(/needs a decoder of pictures.*Bind "tessera.ImageDecoder"/);
  });

  it('stands in the JSON Schema with its descriptions', () => {
    const schema = JSON.stringify(workbench().jsonSchema());
    expect(schema).toContain('resnet152');
    expect(schema).toContain('Probability of exchanging left and right.');
  });
});

describe('normalize: dataset', () => {
  const spec = (size: number) =>
    workbench().resolve({
      ...parts,
      modalities: { image: { encoder: 'resnet18', stem: 'small', width: 1, input: { size, normalize: 'dataset' } } },
    });
  const dot = (red: number, green: number, blue: number): RawPixels => ({
    width: 1,
    height: 1,
    channels: 3,
    data: Uint8Array.of(red, green, blue),
  });
  const split = (pictures: readonly RawImage[]): Split => ({
    name: 'train',
    origin: 'test',
    length: pictures.length,
    sample: (i): Sample => ({ id: `${i}`, inputs: { image: pictures[i] }, targets: {}, origin: `row ${i}` }),
  });
  const learn = (pictures?: readonly RawImage[]) => {
    const training = pictures && split(pictures);
    return fitAssets(spec(2), workbench().registry, { baseFolder: '.', container, ...(training && { training }) });
  };

  it('learns mean and deviation of the training pictures, each counted once', async () => {
    const black = dot(0, 0, 0);
    const assets = await learn([black, black, black, dot(255, 51, 0)]);
    const learned = JSON.parse(assets['modalities.image']?.[normalizationFile] ?? '') as {
      mean: number[];
      std: number[];
    };
    expect(learned.mean.map((value) => Number(value.toFixed(6)))).toEqual([0.5, 0.1, 0]);
    expect(learned.std[0]).toBeCloseTo(0.5);
    expect(learned.std[1]).toBeCloseTo(0.1);
    expect(learned.std[2]).toBeCloseTo(1 / 255); // one colour everywhere: not zero
  });

  it('needs training data, and pictures in it', async () => {
    await expect(learn()).rejects.toThrow(/modalities\.image\.input\.normalize: learns from training pictures/);
    await expect(learn([])).rejects.toThrow(/needs training pictures, got none/);
  });
});
