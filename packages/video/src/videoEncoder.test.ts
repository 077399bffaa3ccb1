// Shapes: B batch, F frames, T steps, N tokens of a frame, E encoder width.
import '@tensorflow/tfjs-backend-cpu';
import {
  createWorkbench,
  defineEncoder,
  defineFusion,
  defineHead,
  defineOptimizer,
  definePlugin,
  defineSchedule,
  inferenceContext,
  inversifyContainer,
  type Encoder,
  type Fusion,
  type Head,
  type Optimizer,
  type Schedule,
} from '@tessera/core';
import {
  expandDims,
  memory,
  mul,
  setBackend,
  tensor2d,
  tensor3d,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { imageDecoder, visionPlugin } from '@tessera/vision';
import { sharpDecoder } from '@tessera/vision/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { FramePixels, RawFrames } from './clip/rawVideo.js';
import { videoDecoder, type VideoDecoder } from './clip/videoDecoder.js';
import { nodeVideoDecoder } from './nodeVideoDecoder.js';
import { poolFrames, timeBins } from './temporal/poolFrames.js';
import { TemporalPositions } from './temporal/temporalPositions.js';
import { VideoEncoder, type PreparedVideo } from './videoEncoder.js';
import { videoPlugin } from './videoPlugin.js';

const config = z.object({});
/** A plugin's own image encoder, which says nothing of its medium: a token of one number, the first pixel's grey. */
const brightness = defineEncoder<FramePixels, number>()({
  name: 'brightness',
  summary: '',
  config,
  create: (): Encoder<FramePixels, number> => ({
    tokenWidth: 1,
    maxTokens: 1,
    fixedLength: true,
    tokenSpace: 'encoder',
    numParts: 1,
    towerPaths: [],
    prepare: async ({ data }) => data[0] ?? 0,
    collate: (items) => ({
      values: tensor2d(items.map((item) => [item ?? 0])),
      present: tensor2d(items.map((item) => [item === undefined ? 0 : 1])),
    }),
    encode: ({ values, present }) => ({
      tokens: expandDims(values as Tensor2D, 2) as Tensor3D,
      mask: mul(present as Tensor2D, 1),
    }),
    describeTokens: () => [{ kind: 'other', label: 'grey' }],
  }),
});
const rest = definePlugin({
  name: 'rest',
  components: [
    brightness,
    defineFusion({
      name: 'none',
      summary: '',
      config,
      create: (): Fusion => ({ pooledWidth: 1, fuse: () => ({}) }) as never,
    }),
    defineHead<string, string>()({
      name: 'none',
      summary: '',
      config,
      create: () => ({ metrics: [] }) as never as Head<string, string>,
    }),
    defineOptimizer({ name: 'adamw', summary: '', config, create: () => ({}) as Optimizer }),
    defineSchedule({ name: 'linear', summary: '', config, create: () => ({}) as Schedule }),
  ],
});

const container = inversifyContainer();
container.bind(imageDecoder, { value: sharpDecoder() });
container.bind(videoDecoder, { value: nodeVideoDecoder() });
const bench = createWorkbench({ plugins: [videoPlugin, visionPlugin, rest], container });

const clip = (shades: readonly number[], rate = 1): RawFrames => ({
  frames: shades.map((shade) => ({ width: 1, height: 1, channels: 1, data: Uint8Array.of(shade) })),
  rate,
});
const noPositions = new TemporalPositions(undefined as never, { kind: 'none', steps: 1, width: 1, std: 1 });
const greyOf = brightness.create({}, {} as never, undefined as never);

/** Tokens and mask of clips, of an encoder of brightness. */
async function tokensOf(options: ConstructorParameters<typeof VideoEncoder>[3], clips: (RawFrames | undefined)[]) {
  const encoder = new VideoEncoder(greyOf as Encoder, nodeVideoDecoder(), noPositions, options);
  const prepared = await Promise.all(clips.map(async (raw) => raw && encoder.prepare(raw, {})));
  const { tokens, mask } = encoder.encode(encoder.collate(prepared), inferenceContext());
  return { tokens: tokens.arraySync().map((row) => row.flat()), mask: mask.arraySync() };
}
const uniform = (count: number) => ({ kind: 'uniform' as const, count });

beforeAll(() => setBackend('cpu'));

describe('tokens', () => {
  it('are the means of steps, over any image encoder', async () => {
    const { tokens, mask } = await tokensOf({ plan: uniform(4), kind: 'average', steps: 2 }, [
      clip([1, 3, 5, 9]),
      undefined,
    ]);
    expect(tokens[0]).toEqual([2, 7]);
    expect(mask).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  it('overlap where steps do not divide the frames, as in PyTorch', async () => {
    const { tokens } = await tokensOf({ plan: uniform(3), kind: 'max', steps: 2 }, [clip([1, 7, 5])]);
    expect(tokens).toEqual([[7, 7]]);
  });

  it('are those of its own frames where a clip is shorter than the others', async () => {
    const plan = { kind: 'rate' as const, rate: 1, most: 5 };
    const each = await tokensOf({ plan, kind: 'average' }, [clip([1, 2, 3]), clip([9])]);
    expect(each.mask).toEqual([
      [1, 1, 1],
      [1, 0, 0],
    ]);
    expect(each.tokens[0]).toEqual([1, 2, 3]);
    const pooled = await tokensOf({ plan, kind: 'average', steps: 2 }, [clip([1, 2, 3, 4]), clip([9])]);
    expect(pooled.tokens).toEqual([
      [1.5, 3.5],
      [9, 9],
    ]);
  });

  it('leave out what the image encoder masks', () => {
    const tokens = tensor3d([
      [[1], [5]],
      [[3], [7]],
    ]);
    const block = poolFrames(
      {
        tokens,
        mask: tensor2d([
          [1, 0],
          [1, 1],
        ]),
      },
      tensor3d([...timeBins([2], 2, 1)], [1, 1, 2]),
      'average',
    );
    expect([...block.tokens.dataSync()]).toEqual([2, 7]);
  });

  it('stand for a time and a place', () => {
    const encoder = new VideoEncoder(greyOf as Encoder, nodeVideoDecoder(), noPositions, {
      plan: uniform(2),
      kind: 'max',
    });
    const prepared: PreparedVideo = { frames: [1, 2], times: [0.5, 1.5], duration: 2 };
    expect(encoder.describeTokens(prepared)).toEqual([
      { kind: 'other', label: '0.5–1.5 s: grey' },
      { kind: 'other', label: '1.5–2 s: grey' },
    ]);
  });
});

describe('a preview', () => {
  it('has the middle frame of each step, and as many pictures as there are steps', async () => {
    const asked: (readonly number[])[] = [];
    const decoder: VideoDecoder = {
      inspect: () => Promise.reject(new Error('not asked')),
      sheet: async (pictures, perRow) => {
        asked.push([perRow, ...pictures.map(([shade]) => shade ?? NaN)]);
        return Uint8Array.of(1);
      },
      async *frames(_, plan) {
        const count = plan.kind === 'uniform' ? plan.count : 5; // a short video has fewer than the most
        for (let i = 0; i < count; i++)
          yield { time: i, duration: count, pixels: { width: 1, height: 1, channels: 1, data: Uint8Array.of(i) } };
      },
    };
    const seen: Encoder<FramePixels, number> = {
      ...greyOf,
      preview: async ({ data }) => ({ kind: 'image', mime: 'image/png', bytes: Uint8Array.from(data) }),
    };
    const shown = (options: object) =>
      new VideoEncoder(seen as Encoder, decoder, noPositions, { kind: 'max', ...options } as never).preview('any');
    await shown({ plan: uniform(9), steps: 3 });
    await shown({ plan: { kind: 'rate', rate: 1, most: 32 } });
    expect(asked).toEqual([
      [8, 1, 4, 7],
      [8, 0, 1, 2, 3, 4],
    ]);
  });
});

describe('preparation', () => {
  it('holds one decoded frame at a time', async () => {
    let [given, taken, most] = [0, 0, 0];
    const decoder: VideoDecoder = {
      inspect: () => Promise.reject(new Error('not asked')),
      sheet: () => Promise.reject(new Error('not asked')),
      async *frames() {
        for (let i = 0; i < 20; i++) {
          most = Math.max(most, ++given - taken);
          yield { time: i, duration: 20, pixels: { width: 1, height: 1, channels: 1, data: Uint8Array.of(i) } };
        }
      },
    };
    const slow: Encoder<FramePixels, number> = {
      ...greyOf,
      prepare: async ({ data }) => {
        await new Promise((go) => setTimeout(go, 1));
        taken++;
        return data[0] ?? 0;
      },
    };
    const encoder = new VideoEncoder(slow as Encoder, decoder, noPositions, { plan: uniform(20), kind: 'max' });
    expect((await encoder.prepare('any', {})).frames).toHaveLength(20);
    expect(most).toBe(1);
  });

  it('names the time of a frame that the image encoder refuses', async () => {
    const picky: Encoder = { ...greyOf, prepare: () => Promise.reject(new Error('too dark.')) } as Encoder;
    const encoder = new VideoEncoder(picky, nodeVideoDecoder(), noPositions, { plan: uniform(1), kind: 'max' });
    await expect(encoder.prepare(clip([1, 2]), {})).rejects.toThrow('Video: its frame at 1.00 s: too dark.');
  });
});

describe('spec', () => {
  const specOf = (options: object) => ({
    modalities: { clip: { encoder: 'video', ...options } },
    fusion: { type: 'none' },
    heads: { label: { type: 'none' } },
  });
  it.each([
    [{}, 'modalities.clip.image: is required: an encoder of images, such as { encoder: resnet18 }'],
    [{ image: { encoder: 'resnet81' } }, 'modalities.clip.image.encoder: unknown encoder "resnet81"'],
    [{ image: { encoder: 'video' } }, 'must be an encoder of images, got "video", which takes video'],
    [{ image: { encoder: 'resnet18', widht: 3 } }, 'modalities.clip.image.widht: unknown key "widht"'],
    [{ image: { encoder: 'resnet18' }, frames: { count: 0 } }, 'modalities.clip.frames.count: must be at least 1'],
    [{ image: { encoder: 'resnet18' }, pool: { steps: 1.5 } }, 'modalities.clip.pool.steps: must be a whole number'],
  ])('is refused with its path: %j', (options, message) => {
    expect(() => bench.resolve(specOf(options))).toThrow(message);
  });

  it('takes an encoder of a plugin that says nothing of its medium', () => {
    expect(bench.resolve(specOf({ image: { encoder: 'brightness' } })).modalities['clip']?.encoders).toMatchObject({
      image: { type: 'brightness' },
    });
  });
});

describe('normalisation of frames', () => {
  it('by the data set is refused with what to do', async () => {
    const image = { encoder: 'resnet18', width: 4, input: { normalize: 'dataset' } };
    const spec = {
      modalities: { clip: { encoder: 'video', image } },
      fusion: { type: 'none' },
      heads: { label: { type: 'none' } },
    };
    await expect(bench.build(spec as never)).rejects.toThrow(
      'modalities.clip.image.input.normalize: learns from training pictures, got "dataset" without any; frames of a video are none. Use imagenet',
    );
  });
});

describe('memory', () => {
  it('holds the block and nothing else', async () => {
    const before = memory().numTensors;
    const encoder = new VideoEncoder(greyOf as Encoder, nodeVideoDecoder(), noPositions, {
      plan: uniform(3),
      kind: 'max',
    });
    const batch = encoder.collate([await encoder.prepare(clip([1, 2, 3]), {})]);
    const block = encoder.encode(batch, inferenceContext());
    for (const tensor of [...Object.values(batch), ...Object.values(block)]) tensor.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
