// Shapes: B batch, N words, E dimension, V words of the vocabulary.
import {
  clone,
  div,
  expandDims,
  maximum,
  mul,
  sum,
  tensor2d,
  tidy,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import {
  defineEncoder,
  normal,
  SpecError,
  type Assets,
  type BatchTensors,
  type Encoder,
  type FitSource,
  type Initializer,
  type Parameter,
  type ParameterScope,
  type TokenBlock,
  type TokenDescription,
} from '@tessera/core';
import { gather } from '@tessera/layers';
import { z } from 'zod';
import { wordSplitter } from './bertTokenizer.js';
import { readGlove } from './glove.js';
import { collateTexts, sentencesOf, type PreparedText, type RawText, type TextBatch } from './textInput.js';

const config = z.strictObject({
  dimension: z
    .int()
    .positive()
    .default(300)
    .describe('Width of a word vector; must be the GloVe file’s where one is given.'),
  reduction: z
    .enum(['mean', 'sum'])
    .default('mean')
    .describe('How word vectors become one; facebookresearch/mmbt sums.'),
  words: z
    .enum(['whitespace', 'bert'])
    .default('bert')
    .describe('Split at spaces, or at spaces and punctuation as BERT does.'),
  lowercase: z.boolean().default(true).describe('Lower-cases texts.'),
  glove: z.string().min(1).optional().describe('GloVe text file; words it lacks start as zeros.'),
  frozen: z.boolean().default(false).describe('Keeps the word vectors as they are.'),
  vocabSize: z.int().min(2).default(100_000).describe('Most words kept, the most frequent first.'),
  maxWords: z.int().positive().default(512).describe('Words kept of a text.'),
});

/** Options of the encoder `bow`. */
export type BowOptions = z.output<typeof config>;

const padding = '[PAD]';
const unknown = '[UNK]';

const splitter = ({ words, lowercase }: BowOptions): ((text: string) => string[]) =>
  words === 'bert'
    ? wordSplitter(lowercase)
    : (text) => (lowercase ? text.toLowerCase() : text).split(/\s+/).filter(Boolean);

/** Learns the words of the training texts and, where a GloVe file is given, reads their vectors. */
async function fitBow(options: BowOptions, { path, baseFolder, values }: FitSource): Promise<Assets> {
  if (!values)
    throw new SpecError([
      {
        path,
        message: 'bow needs training data to learn its words from, got none. Build it with data, or load a run.',
      },
    ]);
  const split = splitter(options);
  const counts = new Map<string, number>();
  for (const raw of values) {
    for (const word of sentencesOf(raw).flatMap(split)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const words = [...counts].sort((a, b) => b[1] - a[1]).map(([word]) => word);
  const kept = words.slice(0, options.vocabSize - 2);
  const assets = { 'words.txt': `${[padding, unknown, ...kept].join('\n')}\n` };
  if (options.glove === undefined) return assets;
  const nodePath = await import('node:path');
  const { dimension, vectors } = await readGlove(
    nodePath.resolve(baseFolder, options.glove),
    new Set(kept),
    `${path}.glove`,
  );
  if (dimension !== options.dimension) {
    throw new SpecError([
      {
        path: `${path}.dimension`,
        message: `must be the GloVe file's, got dimension=${options.dimension}. Use ${dimension}.`,
      },
    ]);
  }
  return { ...assets, 'vectors.json': JSON.stringify(Object.fromEntries(vectors)) };
}

/** The mean or sum of a text's word vectors, as one token. */
export class BowEncoder implements Encoder<RawText, PreparedText> {
  readonly tokenWidth: number;
  readonly maxTokens = 1;
  readonly fixedLength = true;
  readonly tokenSpace = 'encoder';
  readonly numParts = 1;
  readonly towerPaths: readonly string[];
  private readonly ids: ReadonlyMap<string, number>;
  private readonly split: (text: string) => string[];
  private readonly table: Parameter;

  constructor(
    private readonly options: BowOptions,
    words: readonly string[],
    vectors: Readonly<Record<string, readonly number[]>> | undefined,
    parameters: ParameterScope,
  ) {
    this.ids = new Map(words.map((word, id) => [word, id]));
    this.split = splitter(options);
    this.tokenWidth = options.dimension;
    this.towerPaths = [parameters.path];
    this.table = this.createTable(words, vectors, parameters);
  }

  private createTable(
    words: readonly string[],
    vectors: Readonly<Record<string, readonly number[]>> | undefined,
    parameters: ParameterScope,
  ): Parameter {
    const { dimension, frozen } = this.options;
    const scope = parameters.scope('word');
    const shape = [words.length, dimension];
    const initializer: Initializer = (size, random) => {
      const values = vectors ? new Float32Array(words.length * dimension) : unitNormal(size, random);
      values.fill(0, 0, dimension); // padding
      words.forEach((word, id) => {
        const vector = vectors && Object.hasOwn(vectors, word) ? vectors[word] : undefined;
        if (vector) values.set(vector, id * dimension);
      });
      return values;
    };
    return frozen ? scope.buffer('weight', shape, initializer) : scope.weight('weight', shape, initializer);
  }

  async check(raw: RawText): Promise<void> {
    sentencesOf(raw);
  }

  async prepare(raw: RawText): Promise<PreparedText> {
    const words = sentencesOf(raw).flatMap(this.split).slice(0, this.options.maxWords);
    const ids = Int32Array.from(words, (word) => this.ids.get(word) ?? 1);
    return { ids, parts: new Int32Array(ids.length) };
  }

  collate(items: readonly (PreparedText | undefined)[]): BatchTensors {
    const { ids, mask, parts } = collateTexts(items, 0) as unknown as TextBatch;
    parts.dispose();
    const present = tensor2d(items.map((item) => [item ? 1 : 0]));
    return { ids, mask, present };
  }

  encode(batch: BatchTensors): TokenBlock {
    const { ids, mask, present } = batch as unknown as TextBatch & { readonly present: Tensor2D };
    return tidy(() => {
      const rows = mul(gather(this.table.value as unknown as Tensor2D, ids), expandDims(mask, 2)); // [B, N, E]
      const total = sum(rows, 1, true); // [B, 1, E]
      const count = expandDims(maximum(sum(mask, 1, true), 1), 2); // [B, 1, 1]
      const tokens = (this.options.reduction === 'mean' ? div(total, count) : total) as Tensor3D;
      return { tokens, mask: clone(present) } as never;
    });
  }

  describeTokens(): readonly TokenDescription[] {
    return [{ kind: 'other', label: 'words' }];
  }
}

/** Initial word vectors, as torch.nn.Embedding: standard normal. */
const unitNormal = normal(1);

/** The encoder `bow`. */
export const bow = defineEncoder<RawText, PreparedText>()({
  name: 'bow',
  summary: 'Bag of words: the mean or sum of word vectors, learned or GloVe.',
  config,
  fit: fitBow,
  create: (options, _services, { assets, parameters }) => {
    const words = (assets['words.txt'] ?? `${padding}\n${unknown}\n`).replace(/\n$/, '').split('\n');
    const vectors = assets['vectors.json'];
    return new BowEncoder(
      options,
      words,
      vectors === undefined ? undefined : (JSON.parse(vectors) as Record<string, number[]>),
      parameters,
    );
  },
});
