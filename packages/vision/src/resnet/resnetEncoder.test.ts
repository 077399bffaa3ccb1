import '@tensorflow/tfjs-backend-cpu';
import { inferenceContext, ParameterStore, ShapeError, type BatchTensors, type ParameterScope } from '@tessera/core';
import { trainingContext } from '@tessera/layers';
import {
  dispose,
  mean,
  memory,
  ones,
  scalar,
  setBackend,
  square,
  tidy,
  variableGrads,
  type Rank,
  type Scalar,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageDecoder } from '../picture/imageDecoder.js';
import { flattenPixels, isRawPixels, type RawPixels } from '../picture/rawImage.js';
import { renderPicture } from '../picture/renderPicture.js';
import { createResnetEncoder } from './defineResnet.js';
import type { ResnetEncoder } from './resnetEncoder.js';
import type { ResnetName } from './resnetPresets.js';
import { resnetSchema } from './resnetSchema.js';

/** Decodes raw pixels only: nothing here depends on Node. */
const pixelDecoder: ImageDecoder = {
  inspect: () => Promise.resolve({ format: 'raw', width: 1, height: 1 }),
  decode: (raw, plan) =>
    isRawPixels(raw)
      ? Promise.resolve(renderPicture(flattenPixels(raw, plan.background), plan))
      : Promise.reject(new Error('pixels only')),
  encodePng: () => Promise.resolve(new Uint8Array([1])),
};

function build(options: object = {}, name: ResnetName = 'resnet18'): { encoder: ResnetEncoder; store: ParameterStore } {
  const store = new ParameterStore(1);
  const config = resnetSchema.parse({
    width: 2,
    stem: 'small',
    input: { size: 16 },
    pool: { grid: [2, 3] },
    ...options,
  });
  const encoder = createResnetEncoder(name, config, pixelDecoder, {
    path: 'modalities.image',
    parameters: store.scope('modalities.image.encoder'),
    assets: {},
  });
  return { encoder, store };
}

const picture = (seed = 1, side = 20): RawPixels => ({
  width: side,
  height: side,
  channels: 3,
  data: Uint8Array.from({ length: side * side * 3 }, (_, i) => Math.imul(i + 1, 2654435761 + seed) >>> 24),
});

beforeAll(() => setBackend('cpu'));

describe('parameters', () => {
  it('are named as torchvision names them, below the encoder', () => {
    const { store } = build();
    const paths = store.list().map(({ path }) => path.replace('modalities.image.encoder.', ''));
    expect(paths).toContain('conv1.weight');
    expect(paths).toContain('bn1.runningVariance');
    expect(paths).toContain('layer1.0.conv1.weight');
    expect(paths).toContain('layer2.0.downsample.0.weight');
    expect(paths).toContain('layer4.1.bn2.runningMean');
    expect(paths).not.toContain('layer1.0.downsample.0.weight');
    expect(paths).toHaveLength(100); // 20 convolutions, 20 normalisations of 4
  });

  it('has the sizes of torchvision’s networks', () => {
    // Counts of weights without the classifier: torchvision's totals less 513,000 or 2,049,000.
    const counts = { resnet18: 11_176_512, resnet50: 23_508_032 } as const;
    for (const [name, want] of Object.entries(counts)) {
      let total = 0;
      const value = scalar(0) as never;
      const scope: ParameterScope = {
        path: '',
        scope: () => scope,
        weight: (path, shape) => {
          total += shape.reduce((product, size) => product * size, 1);
          return { path, role: 'weight', shape, decays: true, value };
        },
        buffer: (path, shape) => ({ path, role: 'buffer', shape, decays: false, value }),
      };
      const context = { path: 'modalities.image', parameters: scope, assets: {} };
      createResnetEncoder(name as ResnetName, resnetSchema.parse({}), pixelDecoder, context);
      expect(total).toBe(want);
    }
  });

  it('starts filters with the variance of He’s fan-out rule and normalisation as the identity', () => {
    const { store } = build({ width: 16 });
    const filter = [...(store.find('modalities.image.encoder.layer1.0.conv1.weight')?.value.dataSync() ?? [])];
    const variance = filter.reduce((sum, value) => sum + value * value, 0) / filter.length;
    expect(variance / (2 / (9 * 16))).toBeCloseTo(1, 0);
    expect([...(store.find('modalities.image.encoder.bn1.weight')?.value.dataSync() ?? [])]).toEqual(
      new Array(16).fill(1),
    );
  });

  it('freezes the whole encoder as the tower', () => {
    expect(build().encoder.towerPaths).toEqual(['modalities.image.encoder']);
  });
});

describe('tokens', () => {
  it.each([
    ['resnet18', 16],
    ['resnet50', 64],
  ] as const)('%s gives one token for each region, row by row', async (name, width) => {
    const { encoder } = build({}, name);
    expect(encoder).toMatchObject({ tokenWidth: width, maxTokens: 6, fixedLength: true, tokenSpace: 'encoder' });
    const batch = encoder.collate([await encoder.prepare(picture(), {})]);
    const { tokens, mask } = encoder.encode(batch, inferenceContext());
    expect(tokens.shape).toEqual([1, 6, width]);
    expect([...mask.dataSync()]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(encoder.describeTokens()[4]).toEqual({ kind: 'region', row: 1, column: 1, rows: 2, columns: 3 });
  });

  it('reduces by 32 with the imagenet stem and by 8 or 16 with the small one', () => {
    const sideOf = (options: object): number | undefined => {
      const stages = build({ input: { size: 64 }, ...options }).encoder.stages(
        ones<Rank.R4>([1, 64, 64, 3]),
        inferenceContext(),
      );
      expect('maxpool' in stages).toBe('stem' in options && options.stem === 'imagenet');
      return stages.layer4?.shape[1];
    };
    expect(sideOf({ stem: 'imagenet' })).toBe(2);
    expect(sideOf({})).toBe(8);
    expect(sideOf({ stemStride: 2 })).toBe(4);
  });

  it('masks an absent picture and gives it zeros, whatever else is in the batch', async () => {
    const { encoder } = build();
    const prepared = await encoder.prepare(picture(), {});
    const batch = encoder.collate([undefined, prepared]);
    const { tokens, mask } = encoder.encode(batch, inferenceContext());
    expect([...mask.dataSync()]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    expect([...batch.images.dataSync().slice(0, 16 * 16 * 3)].every((value) => value === 0)).toBe(true);
    const alone = encoder.encode(encoder.collate([prepared]), inferenceContext());
    expect([...tokens.dataSync().slice(6 * 16)]).toEqual([...alone.tokens.dataSync()]);
  });

  it('pools by the largest value when asked to', async () => {
    const prepared = await build().encoder.prepare(picture(), {});
    const pooled = (kind: string): number[] => {
      const { encoder } = build({ pool: { kind, grid: [1, 1] } });
      return [...encoder.encode(encoder.collate([prepared]), inferenceContext()).tokens.dataSync()];
    };
    const average = pooled('average');
    expect(pooled('max').every((value, i) => value >= (average[i] as number))).toBe(true);
  });
});

describe('preparation', () => {
  it('changes nothing without a seed, repeats itself with the same and differs with another', async () => {
    const { encoder } = build({
      augment: { flip: 0.5, affine: { rotate: 20 }, crop: { scale: [0.5, 1] }, brightness: 0.2 },
    });
    const prepare = async (augmentationSeed?: number): Promise<number[]> => [
      ...(await encoder.prepare(picture(), augmentationSeed === undefined ? {} : { augmentationSeed })).pixels,
    ];
    expect(await prepare()).toEqual(await prepare());
    expect(await prepare(7)).toEqual(await prepare(7));
    expect(await prepare(7)).not.toEqual(await prepare(8));
    expect(await prepare(7)).not.toEqual(await prepare());
  });

  it('evaluates the same crop whether or not training cuts at random', async () => {
    const plain = build({ input: { size: 16, resize: 18 } }).encoder;
    const cropping = build({ input: { size: 16, resize: 18 }, augment: { crop: {} } }).encoder;
    const wide: RawPixels = { ...picture(), width: 40, height: 10 };
    expect((await cropping.prepare(wide, {})).pixels).toEqual((await plain.prepare(wide, {})).pixels);
  });

  it('normalises as the spec says', async () => {
    const grey: RawPixels = { width: 1, height: 1, channels: 1, data: Uint8Array.of(51) };
    const first = async (normalize: unknown): Promise<number> =>
      (await build({ input: { size: 16, normalize } }).encoder.prepare(grey, {})).pixels[0] as number;
    expect(await first('imagenet')).toBeCloseTo((0.2 - 0.485) / 0.229, 5);
    expect(await first('mmbt')).toBeCloseTo((0.2 - 0.46777044) / 0.12221994, 5);
    expect(await first({ mean: [0.1, 0, 0], std: [0.5, 1, 1] })).toBeCloseTo(0.2, 5);
  });

  it('refuses pictures prepared for another size', async () => {
    const prepared = await build({ input: { size: 8 } }).encoder.prepare(picture(), {});
    expect(() => build().encoder.collate([prepared])).toThrow(ShapeError);
  });

  it('shows what the encoder sees', async () => {
    expect(await build().encoder.preview(picture())).toMatchObject({ kind: 'image', mime: 'image/png' });
  });
});

describe('memory', () => {
  it('leaves only the block behind', async () => {
    const { encoder } = build({ stem: 'imagenet', input: { size: 32 } });
    const batch = encoder.collate([await encoder.prepare(picture(), {})]) as BatchTensors;
    const encode = (): void => {
      const block = encoder.encode(batch, inferenceContext());
      dispose([block.tokens, block.mask]);
    };
    encode();
    const before = memory().numTensors;
    encode();
    dispose(encoder.stages(batch['images'] as Tensor4D, inferenceContext()));
    expect(memory().numTensors).toBe(before);
  });

  it('trains every weight, updates every running statistic, and leaks nothing in a step', async () => {
    const { encoder, store } = build();
    const batch = encoder.collate([await encoder.prepare(picture(1), {}), await encoder.prepare(picture(2), {})]);
    const seed = scalar(1, 'int32');
    const step = (): void => {
      const context = trainingContext({ seed });
      const { value, grads } = tidy(() =>
        variableGrads(() => mean<Scalar>(square(encoder.encode(batch, context).tokens))),
      );
      expect(Object.keys(grads)).toHaveLength(store.list('weight').length);
      expect(context.updates.size).toBe(store.list('buffer').length);
      dispose([value, ...Object.values(grads), ...context.updates.values()]);
    };
    step();
    const before = memory().numTensors;
    step();
    expect(memory().numTensors).toBe(before);
  });
});

describe('speed', () => {
  it('augments and joins 32 pictures of 32×32 within a few milliseconds', async () => {
    const { encoder } = build({
      input: { size: 32 },
      augment: {
        affine: { scale: [0.8, 1.2], rotate: 14.3, translate: 0.075 },
        flip: 0.5,
        brightness: 0.2,
        color: 0.2,
      },
    });
    const raw = picture(1, 32);
    const batch = async (seed: number): Promise<number> => {
      const start = performance.now();
      const items = await Promise.all(
        Array.from({ length: 32 }, (_, i) => encoder.prepare(raw, { augmentationSeed: seed + i })),
      );
      dispose(encoder.collate(items));
      return performance.now() - start;
    };
    const times: number[] = [];
    for (let i = 0; i < 20; i++) times.push(await batch(i * 32));
    expect(Math.min(...times)).toBeLessThan(25); // about 3 ms on one core; the bar leaves room for busy machines
  });
});
