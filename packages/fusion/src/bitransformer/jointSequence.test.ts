import '@tensorflow/tfjs-backend-cpu';
import {
  memory,
  setBackend,
  tensor2d,
  tensor3d,
  zeros,
  type Tensor,
  type Rank,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { ModalityShape, TokenBlock } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { JointSequence, type JoinedSequence } from './jointSequence.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const shapeOf = (modality: string, options: Partial<ModalityShape> = {}): ModalityShape => ({
  modality,
  tokenWidth: 1,
  maxTokens: 4,
  fixedLength: true,
  tokenSpace: 'encoder',
  numParts: 1,
  ...options,
});
const specials = (): Tensor2D => tensor2d([[100], [200]]);

/** A block whose tokens are its mask's rows of 1 and 0; token values are 0. */
const blockOf = (mask: number[][], parts?: number[][]): TokenBlock => ({
  tokens: zeros<Rank.R3>([mask.length, mask[0]?.length ?? 0, 1]),
  mask: tensor2d(mask),
  ...(parts && { parts: tensor2d(parts, undefined, 'int32') }),
});
const join = (modalities: ModalityShape[], blocks: TokenBlock[], paddingSegment: 'zero' | 'own' = 'zero') =>
  new JointSequence(modalities, { paddingSegment }).join(blocks, specials());
const rows = async (tensor: Tensor): Promise<number[][]> => (await tensor.array()) as number[][];
const special = async ({ tokens }: JoinedSequence): Promise<string> =>
  Array.from(await tokens.data(), (value) => ({ 100: 'C', 200: 'S' })[value] ?? '.').join('');

describe('the joint sequence', () => {
  it('is [CLS] image [SEP] text, as the authors have it', async () => {
    const image = shapeOf('image', { maxTokens: 3 });
    const text = shapeOf('text', { fixedLength: false });
    const joined = join([image, text], [blockOf([[1, 1, 1]]), blockOf([[1, 1, 0, 0]])]);
    expect(await special(joined)).toBe('C...S....');
    expect(await rows(joined.positions)).toEqual([[0, 1, 2, 3, 4, 0, 1, 2, 3]]);
    expect(await rows(joined.segments)).toEqual([[0, 0, 0, 0, 0, 1, 1, 0, 0]]);
    expect(await rows(joined.mask)).toEqual([[1, 1, 1, 1, 1, 1, 1, 0, 0]]);
    expect(joined.spans).toEqual([
      { modality: 'image', start: 1, length: 3 },
      { modality: 'text', start: 5, length: 4 },
    ]);
  });

  it('gives padding its block’s own segment when asked, as Hugging Face does', async () => {
    const modalities = [shapeOf('image'), shapeOf('text', { fixedLength: false })];
    const joined = join(modalities, [blockOf([[1]]), blockOf([[1, 0]])], 'own');
    expect(await rows(joined.segments)).toEqual([[0, 0, 0, 1, 1]]);
  });

  it('has no [SEP] for one modality', async () => {
    const joined = join([shapeOf('text')], [blockOf([[1, 1]])]);
    expect(await special(joined)).toBe('C..');
    expect(await rows(joined.positions)).toEqual([[0, 1, 2]]);
  });

  it.each([1, 2, 3, 4])('gives each of %i modalities a segment of its own, in declared order', async (count) => {
    const modalities = Array.from({ length: count }, (_, i) => shapeOf(`m${i}`));
    const joined = join(
      modalities,
      modalities.map(() => blockOf([[1]])),
    );
    const [segments = []] = await rows(joined.segments);
    const last = count - 1;
    expect(segments).toEqual([0, ...modalities.flatMap((_, i) => (i < last ? [i, i] : [i]))]); // [SEP] with its block
    expect(joined.spans.map(({ modality }) => modality)).toEqual(modalities.map(({ modality }) => modality));
    expect(await special(joined)).toBe(`C.${'S.'.repeat(count - 1)}`);
  });

  it('puts a [SEP] right after the real tokens of a block of varying length, whatever the batch’s padding', async () => {
    const modalities = [shapeOf('text', { fixedLength: false }), shapeOf('image')];
    const image = blockOf([[1], [1]]);
    const joined = join(modalities, [
      blockOf([
        [1, 1, 1],
        [1, 0, 0],
      ]),
      image,
    ]);
    expect(await rows(joined.positions)).toEqual([
      [0, 1, 2, 3, 4, 0],
      [0, 1, 2, 3, 2, 0],
    ]);
  });

  it('takes one segment for each part of a sentence pair', async () => {
    const modalities = [shapeOf('image'), shapeOf('pair', { fixedLength: false, numParts: 2 }), shapeOf('audio')];
    const joined = join(modalities, [blockOf([[1]]), blockOf([[1, 1, 1, 0]], [[0, 1, 1, 0]]), blockOf([[1]])]);
    expect(await special(joined)).toBe('C.S....S.');
    expect(await rows(joined.segments)).toEqual([[0, 0, 0, 1, 2, 2, 0, 2, 3]]);
  });

  it.each([
    [['a'], 'C2S3'],
    [['b'], 'C1S3'],
    [['c'], 'C1S2'],
    [['a', 'b'], 'C3'],
    [['b', 'c'], 'C1'],
  ])('has a [SEP] only between blocks that are present: without %s it is %s', async (absent, expected) => {
    const modalities = ['a', 'b', 'c'].map((name) => shapeOf(name));
    const blocks = modalities.map(({ modality }, i) => ({
      ...blockOf([[absent.includes(modality) ? 0 : 1]]),
      tokens: tensor3d([[[i + 1]]]),
    }));
    const { tokens, mask } = join(modalities, blocks);
    const [values, real] = [await tokens.data(), await mask.data()];
    const names = Array.from(values, (value) => ({ 100: 'C', 200: 'S' })[value] ?? String(value));
    expect(names.filter((_, i) => real[i] === 1).join('')).toBe(expected);
  });

  it('keeps the [SEP] before a text that is empty but there', async () => {
    const modalities = [shapeOf('image'), shapeOf('text', { fixedLength: false })];
    const empty = { ...blockOf([[0]]), present: tensor2d([[1]]) };
    expect(await rows(join(modalities, [blockOf([[1]]), empty]).mask)).toEqual([[1, 1, 1, 0]]);
  });

  it('leaves nothing but its result behind', () => {
    const modalities = [shapeOf('text', { fixedLength: false }), shapeOf('image')];
    const [blocks, rowsOfSpecials] = [[blockOf([[1, 0]]), blockOf([[1]])], specials()];
    const sequence = new JointSequence(modalities, { paddingSegment: 'zero' });
    const step = (): void => {
      const { tokens, mask, positions, segments } = sequence.join(blocks, rowsOfSpecials);
      for (const tensor of [tokens, mask, positions, segments]) tensor.dispose();
    };
    step();
    const before = memory().numTensors;
    step();
    expect(memory().numTensors).toBe(before);
  });
});
