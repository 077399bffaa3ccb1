// Numbers against PyTorch: test/parity. Shapes: B batch, N tokens of one block, E encoder width, D hiddenSize.
import '@tensorflow/tfjs-backend-cpu';
import {
  concat,
  memory,
  mul,
  ones,
  randomNormal,
  scalar,
  setBackend,
  slice,
  sum,
  tensor2d,
  tidy,
  variableGrads,
  zeros,
  type Rank,
  type Scalar,
  type Tensor,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { inferenceContext, ParameterStore, SpecError, type ModalityShape, type TokenBlock } from '@tessera/core';
import { trainingContext } from '@tessera/layers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { Bitransformer } from './bitransformer.js';
import { bitransformerConfig } from './bitransformerConfig.js';
import { WordTable } from './wordTable.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const width = 6;
const shapeOf = (modality: string, options: Partial<ModalityShape> = {}): ModalityShape => ({
  modality,
  tokenWidth: width,
  maxTokens: 3,
  fixedLength: true,
  tokenSpace: 'encoder',
  numParts: 1,
  ...options,
});
const [image, audio] = [shapeOf('image'), shapeOf('audio', { maxTokens: 2 })];
const clip = shapeOf('clip', { fixedLength: false, maxTokens: 8 });

function makeFusion(modalities: ModalityShape[], options: z.input<typeof bitransformerConfig> = {}) {
  const store = new ParameterStore(1);
  const config = bitransformerConfig.parse({ hiddenSize: 8, numLayers: 2, numHeads: 2, maxPositions: 12, ...options });
  const parameters = store.scope('fusion');
  const words = new WordTable({ parameters, hiddenSize: config.hiddenSize, path: 'fusion' });
  const fusion = new Bitransformer(config, words, { path: 'fusion', parameters, modalities });
  return { store, words, fusion };
}

const tokensOf = (length: number, seed = length): Tensor3D => randomNormal([2, length, width], 0, 1, 'float32', seed);
const blockOf = (tokens: Tensor3D, mask?: number[][]): TokenBlock => ({
  tokens,
  mask: mask ? tensor2d(mask) : ones([tokens.shape[0], tokens.shape[1]]),
});
const values = async (tensor: Tensor | undefined): Promise<number[]> => Array.from((await tensor?.data()) ?? []);
const pooled = (fusion: Bitransformer, blocks: TokenBlock[]): Promise<number[]> =>
  values(fusion.fuse(blocks, inferenceContext()).pooled);

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(want[i] ?? NaN, 5));
}

describe('Bitransformer', () => {
  it.each([
    ['cls', 8],
    ['cls+mean', 16],
  ] as const)('pools %s to width %i', (pooling, pooledWidth) => {
    const { fusion } = makeFusion([image, audio], { pooling });
    const state = fusion.fuse([blockOf(tokensOf(3)), blockOf(tokensOf(2))], inferenceContext());
    expect(fusion.pooledWidth).toBe(pooledWidth);
    expect(state.pooled.shape).toEqual([2, pooledWidth]);
    expect(state.tokens?.shape).toEqual([2, 7, 8]); // [CLS] 3 [SEP] 2
    expect(state.spans?.map(({ start, length }) => [start, length])).toEqual([
      [1, 3],
      [5, 2],
    ]);
  });

  it.each(['cls', 'cls+mean'] as const)('is not changed by padding, pooling %s', async (pooling) => {
    for (const modalities of [
      [clip, image],
      [image, clip],
    ]) {
      const { fusion } = makeFusion(modalities, { pooling });
      const real = tokensOf(2, 1);
      const short = blockOf(real);
      const long = blockOf(concat([real, tokensOf(3, 9)], 1), [
        [1, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
      ]);
      const picture = blockOf(tokensOf(3, 5));
      const order = (block: TokenBlock): TokenBlock[] => modalities.map((m) => (m === clip ? block : picture));
      expectClose(await pooled(fusion, order(long)), await pooled(fusion, order(short)));
    }
  });

  it('does not look at an absent modality’s tokens', async () => {
    const { fusion } = makeFusion([image, audio]);
    const none = [
      [0, 0],
      [0, 0],
    ];
    const picture = blockOf(tokensOf(3));
    const absent = await pooled(fusion, [picture, blockOf(zeros<Rank.R3>([2, 2, width]), none)]);
    expectClose(await pooled(fusion, [picture, blockOf(tokensOf(2), none)]), absent);
    expect(await pooled(fusion, [picture, blockOf(tokensOf(2))])).not.toEqual(absent);
  });

  it.each(['cls', 'cls+mean'] as const)(
    'gives exactly what it gives where an absent modality was never declared, pooling %s',
    async (pooling) => {
      const options = { pooling, numSegments: 3 };
      const [picture, text] = [blockOf(tokensOf(3)), blockOf(tokensOf(4))];
      const none = blockOf(tokensOf(2), [[0, 0], [0, 0]]); // prettier-ignore
      const { fusion: two } = makeFusion([image, clip], options);
      const without = await pooled(two, [picture, text]);
      const { fusion: three } = makeFusion([image, clip, audio], options);
      expect(await pooled(three, [picture, text, none])).toEqual(without);
      expect(await pooled(three, [picture, text, blockOf(tokensOf(2))])).not.toEqual(without);
    },
  );

  it('gives exactly the same however many tokens an absent modality would have', async () => {
    for (const [first, second] of [
      [image, clip],
      [clip, image],
    ] as const) {
      // prettier-ignore
      const { fusion } = makeFusion([first, second]);
      const of = (length: number): Promise<number[]> => {
        const none = [0, 1].map(() => new Array<number>(length).fill(0));
        const blocks = [first, second].map((m) =>
          m === clip ? blockOf(tokensOf(length), none) : blockOf(tokensOf(3)),
        );
        return pooled(fusion, blocks);
      };
      expect(await of(1)).toEqual(await of(7));
    }
  });

  it('reads the token where there is a single one, without special tokens', () => {
    const { fusion } = makeFusion([image], { specialTokens: 'none' });
    const both = fusion.fuse([blockOf(tokensOf(1))], inferenceContext());
    const { pooled } = fusion.fuse([blockOf(tokensOf(1), [[1], [0]])], inferenceContext());
    expect(slice(pooled, [0, 0], [1, 8]).dataSync()).toEqual(slice(both.pooled, [0, 0], [1, 8]).dataSync());
    expect(slice(pooled, [1, 0], [1, 8]).dataSync()).not.toEqual(slice(both.pooled, [1, 0], [1, 8]).dataSync());
  });

  it('pools the first real token where there are no special tokens', async () => {
    const { fusion } = makeFusion([image, audio], { specialTokens: 'none' });
    const firstAlone = [
      [1, 1, 1],
      [0, 0, 0],
    ];
    const sound = blockOf(tokensOf(2));
    const secondSample = async (picture: Tensor3D): Promise<number[]> =>
      (await pooled(fusion, [blockOf(picture, firstAlone), sound])).slice(8);
    expectClose(await secondSample(tokensOf(3, 1)), await secondSample(tokensOf(3, 2)));
    const nothing = { tokens: tokensOf(3), mask: zeros<Rank.R2>([2, 3]) };
    const { fusion: alone } = makeFusion([image], { specialTokens: 'none' });
    expect(await pooled(alone, [nothing])).toEqual(new Array(16).fill(0));
  });

  it('depends on the declared order', async () => {
    const twin = { ...image, modality: 'twin' };
    const { fusion } = makeFusion([image, twin]);
    const [a, b] = [blockOf(tokensOf(3, 1)), blockOf(tokensOf(3, 2))];
    expect(await pooled(fusion, [a, b])).not.toEqual(await pooled(fusion, [b, a]));
  });

  it.each([1, 2, 3, 4])('has a segment row for each of %i modalities, and two at least', (count) => {
    const { store } = makeFusion(Array.from({ length: count }, (_, i) => shapeOf(`m${i}`)));
    expect(store.find('fusion.embeddings.segment.weight')?.shape).toEqual([Math.max(count, 2), 8]);
  });

  it('gives attentions of every layer when asked, exactly 0 at padding', async () => {
    const { fusion } = makeFusion([clip]);
    const blocks = [
      blockOf(tokensOf(2), [
        [1, 0],
        [1, 1],
      ]),
    ];
    expect(fusion.fuse(blocks, inferenceContext()).attentions).toBeUndefined();
    const { attentions } = fusion.fuse(blocks, inferenceContext({ wantsAttentions: true }));
    expect(attentions?.map(({ shape }) => shape)).toEqual([
      [2, 2, 3, 3],
      [2, 2, 3, 3],
    ]);
    const last = attentions?.[1];
    expect(last && (await values(slice(last, [0, 0, 0, 2], [1, 2, 3, 1])))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('normalises after the projection when asked', () => {
    const { store } = makeFusion([image], { projectionNorm: true });
    expect(store.find('fusion.projections.image.norm.weight')?.shape).toEqual([8]);
  });

  it('makes no word table without special tokens and text', () => {
    const { store } = makeFusion([image], { specialTokens: 'none' });
    expect(store.find('fusion.embeddings.word.weight')).toBeUndefined();
    expect(makeFusion([image]).store.find('fusion.embeddings.word.weight')?.shape).toEqual([3, 8]);
  });

  it.each([
    [
      { hiddenSize: 100, numHeads: 12 },
      'fusion.hiddenSize: must be divisible by numHeads, got hiddenSize=100, numHeads=12. Use 96 or 108.',
    ],
    [
      { maxPositions: 4 },
      'fusion.maxPositions: must hold the longest block, got maxPositions=4, and modality "image" has up to 3 tokens and 2 special ones. Use at least 5',
    ],
    [{ numSegments: 1 }, 'fusion.numSegments: must be at least the parts of all modalities, got numSegments=1 for 2.'],
  ])('refuses %o', (options, message) => {
    expect(() => makeFusion([image, audio], options)).toThrow(SpecError);
    expect(() => makeFusion([image, audio], options)).toThrow(message);
  });

  it('names the modality whose tokens have another shape than declared', () => {
    const { fusion } = makeFusion([image, audio]);
    const wrong = blockOf(zeros<Rank.R3>([2, 2, 5]));
    expect(() => fusion.fuse([blockOf(tokensOf(3)), wrong], inferenceContext())).toThrow(
      'tokens of audio must be [B, N, 6]',
    );
    expect(() => fusion.fuse([wrong], inferenceContext())).toThrow('one block for each modality (image, audio), got 1');
  });

  it('leaves no tensors behind, in inference and in training', () => {
    const { fusion } = makeFusion([clip, image], { pooling: 'cls+mean', projectionNorm: true });
    const [blocks, seed] = [[blockOf(tokensOf(2)), blockOf(tokensOf(3))], scalar(1, 'int32')];
    const infer = (): void => {
      const {
        pooled: joint,
        tokens,
        mask,
        attentions,
      } = fusion.fuse(blocks, inferenceContext({ wantsAttentions: true }));
      for (const tensor of [joint, tokens, mask, ...(attentions ?? [])]) tensor?.dispose();
    };
    const train = (): void => {
      const loss = (): Scalar => sum<Scalar>(mul(fusion.fuse(blocks, trainingContext({ seed })).pooled, 2));
      tidy(() => {
        variableGrads(loss);
      });
    };
    for (const step of [infer, train]) {
      step();
      const before = memory().numTensors;
      step();
      expect(memory().numTensors).toBe(before);
    }
  });
});
