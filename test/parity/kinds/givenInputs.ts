// Encoders of inputs that fixtures give ready: image features to be pooled, ids of words, and numbers. A plugin like any other,
// so that a fixture's model is built and trained as a user's is. Shapes: B batch, N tokens, C channels.
import {
  clone,
  expandDims,
  ones,
  reshape,
  tanh,
  tensor2d,
  tensor4d,
  tidy,
  transpose,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  defineEncoder,
  definePlugin,
  tokenEmbeddings,
  type BatchTensors,
  type Encoder,
  type TokenBlock,
} from '@tessera/core';
import { adaptivePool2d, Linear, type PoolKind } from '@tessera/layers';
import { z } from 'zod';

const size = z.int().positive().describe('As the fixture has it.');
const id = z.int().min(0).describe('As the fixture has it.');

/** One picture's features, [C, H, W] row-major. */
type Features = Float32Array;

/** One text's ids, 1 for each real one, and the part each belongs to; padded as the fixture has them. */
interface Words {
  readonly ids: readonly number[];
  readonly mask: readonly number[];
  readonly parts: readonly number[];
}

const all = <T>(items: readonly (T | undefined)[]): T[] => items.flatMap((item) => (item === undefined ? [] : [item]));

const features = defineEncoder<Features, Features>()({
  name: 'given-features',
  summary: 'Image features, pooled to a grid.',
  config: z.strictObject({
    map: z.tuple([size, size, size]).describe('C, H and W.'),
    grid: z.tuple([size, size]).describe('Rows and columns.'),
    pool: z.enum(['average', 'max']).describe('How a cell becomes a token.'),
  }),
  create: ({ map: [channels, height, width], grid, pool }): Encoder<Features, Features> => ({
    tokenWidth: channels,
    maxTokens: grid[0] * grid[1],
    fixedLength: true,
    tokenSpace: 'encoder',
    numParts: 1,
    towerPaths: [],
    prepare: async (raw) => raw,
    collate: (items) => {
      const values = all(items).flatMap((item) => [...item]);
      return { features: tensor4d(values, [items.length, channels, height, width]) };
    },
    encode: (batch) => pooledBlock(batch['features'] as Tensor4D, grid, pool),
    describeTokens: () => [],
  }),
});

/** NCHW features → tokens [B, N, C]. */
function pooledBlock(maps: Tensor4D, grid: readonly [number, number], pool: PoolKind): TokenBlock {
  return tidy(() => {
    const [batch, channels] = maps.shape;
    const cells = grid[0] * grid[1];
    const pooled = adaptivePool2d(transpose(maps, [0, 2, 3, 1]), grid, pool);
    return { tokens: reshape(pooled, [batch, cells, channels]), mask: ones([batch, cells]) } as never;
  });
}

const words = defineEncoder<Words, Words>()({
  name: 'given-words',
  summary: "Ids of the joint transformer's own words.",
  config: z.strictObject({ vocabSize: size, maxTokens: size, numParts: size, padId: id, clsId: id, sepId: id }),
  needs: { embeddings: tokenEmbeddings },
  create: ({ vocabSize, maxTokens, numParts, ...special }, { embeddings }): Encoder<Words, Words> => {
    embeddings.useVocabulary({ size: vocabSize, ...special, fingerprint: 'fixture' });
    return {
      tokenWidth: embeddings.width,
      maxTokens,
      fixedLength: false,
      tokenSpace: 'fusion',
      numParts,
      towerPaths: [embeddings.layersPath],
      prepare: async (raw) => raw,
      collate: (items): BatchTensors => ({
        ids: rows(all(items), 'ids', 'int32'),
        mask: rows(all(items), 'mask', 'float32'),
        parts: rows(all(items), 'parts', 'int32'),
      }),
      encode: ({ ids, mask, parts }) =>
        tidy(
          () =>
            ({
              tokens: embeddings.lookup(ids as Tensor2D),
              mask: clone(mask as Tensor2D),
              parts: clone(parts as Tensor2D),
            }) as never,
        ),
      describeTokens: () => [],
    };
  },
});

const rows = (items: readonly Words[], field: keyof Words, dtype: 'int32' | 'float32'): Tensor2D =>
  tensor2d(
    items.map((item) => [...item[field]]),
    undefined,
    dtype,
  );

const hiddenNumbers = defineEncoder<readonly number[], readonly number[]>()({
  name: 'given-numbers',
  summary: 'Numbers through one hidden layer with tanh.',
  config: z.strictObject({ inputs: size, hidden: size }),
  create: ({ inputs, hidden }, _services, { parameters }): Encoder<readonly number[], readonly number[]> => {
    const layer = new Linear(parameters.scope('hidden'), inputs, hidden);
    return {
      tokenWidth: hidden,
      maxTokens: 1,
      fixedLength: true,
      tokenSpace: 'encoder',
      numParts: 1,
      towerPaths: [],
      prepare: async (raw) => raw,
      collate: (items): BatchTensors => ({ numbers: tensor2d(all(items).map((item) => [...item])) }),
      encode: ({ numbers }) =>
        tidy(() => {
          const states = tanh(layer.apply(numbers as Tensor2D)); // [B, hidden]
          return { tokens: expandDims(states, 1), mask: ones([states.shape[0], 1]) } as never;
        }),
      describeTokens: () => [],
    };
  },
});

/** The encoders `given-features`, `given-words` and `given-numbers`. */
export const givenInputsPlugin = definePlugin({ name: 'given-inputs', components: [features, words, hiddenNumbers] });
