// SNLI's JSON Lines with every field they have, the TSV files of V-SNLI, and Flickr30k's folder.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Downloads } from '../../../test/downloads.js';
import { prepareDataset, type PreparedManifest } from '../index.js';

let downloads: Downloads;
beforeEach(async () => {
  downloads = await Downloads.open();
});
afterEach(() => downloads.remove());

const pair = (picture: string, number: number, label: string, changes: object = {}) => ({
  annotator_labels: [label],
  captionID: `${picture}.jpg#${number}`,
  gold_label: label,
  pairID: `${picture}.jpg#${number}r1${label[0]}`,
  sentence1: 'A person on a horse jumps over a broken down airplane.',
  sentence1_binary_parse: '( ( A person ) ( jumps . ) )',
  sentence1_parse: '(ROOT (S (NP (DT A) (NN person)) (VP (VBZ jumps)) (. .)))',
  sentence2: `A person is training, says ${label}.`,
  sentence2_binary_parse: '( A person )',
  sentence2_parse: '(ROOT (NP (DT A) (NN person)))',
  ...changes,
});

const rows = (split: string) => downloads.rows(split);

const prepare = async (options: object = {}): Promise<PreparedManifest> =>
  (await prepareDataset({ dataset: 'vsnli', from: downloads.at('snli_1.0'), to: downloads.at('out'), ...options }))
    .manifest;

const three = (picture: string) => ['neutral', 'contradiction', 'entailment'].map((label) => pair(picture, 4, label));

async function snli(train: readonly unknown[] = three('3416050480'), hard = true): Promise<void> {
  await downloads.lines('snli_1.0/snli_1.0_train.jsonl', train);
  await downloads.lines('snli_1.0/snli_1.0_dev.jsonl', three('4705552913'));
  await downloads.lines('snli_1.0/snli_1.0_test.jsonl', three('2677109430'));
  if (hard) await downloads.lines('snli_1.0/snli_1.0_test_hard.jsonl', three('2677109430').slice(1));
  for (const picture of ['3416050480', '4705552913', '2677109430']) {
    await downloads.picture(`flickr/flickr30k-images/${picture}.jpg`);
  }
}
const flickr = () => ({ flickr: downloads.at('flickr') });

describe('SNLI with Flickr30k', () => {
  it('joins each pair to the picture that its premise describes, in the official splits, hard test apart', async () => {
    await snli();
    const manifest = await prepare(flickr());
    expect(manifest.counts).toEqual({ rows: { train: 3, dev: 3, test: 3, test_hard: 2 }, labels: 3, pictures: 3 });
    expect((await rows('train'))[0]).toEqual({
      id: '3416050480.jpg#4r1n',
      sentence1: 'A person on a horse jumps over a broken down airplane.',
      sentence2: 'A person is training, says neutral.',
      img: 'images/3416050480.jpg',
      label: 'neutral',
    });
    expect(manifest.shared).toEqual([{ splits: ['test', 'test_hard'], ids: 2, pictures: 1 }]);
  });

  it('does without the hard test set when its file is not there', async () => {
    await snli(undefined, false);
    expect((await prepare(flickr())).counts.rows).toEqual({ train: 3, dev: 3, test: 3 });
  });

  it('leaves out, with reasons: no gold label, Visual Genome captions, broken lines, missing pictures, repeated ids', async () => {
    await snli([
      ...three('3416050480'),
      pair('3416050480', 1, '-'),
      pair('x', 0, 'neutral', { captionID: 'vg_len10r3n', pairID: 'vg_len10r3n' }),
      '{"gold_label": "neutral", "captionID": "34160',
      pair('3416050480', 2, 'maybe'),
      pair('3416050480', 3, 'neutral', { sentence2: undefined }),
      pair('3416050480', 5, 'neutral', { sentence2: '' }),
      pair('1111111111', 0, 'neutral'),
      pair('3416050480', 4, 'neutral'),
    ]);
    const { dropped } = await prepare(flickr());
    expect(dropped).toEqual({
      'broken row': { train: 3 },
      'duplicate id': { train: 1 },
      'no label': { train: 1 },
      'empty text': { train: 1 },
      'no picture known': { train: 1 },
      'missing picture': { train: 1 },
    });
    expect(await rows('dropped')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          origin: 'snli_1.0_train.jsonl, row 7',
          detail: expect.stringMatching(/got "maybe"/) as string,
        }),
        expect.objectContaining({ detail: '../flickr/flickr30k-images/1111111111.jpg: there is no such file' }),
      ]),
    );
  });

  it('says which folder it needs when there are no pictures', async () => {
    await snli();
    await expect(prepare()).rejects.toThrow(/the pictures of Flickr30k must be there.*--flickr/);
    await expect(prepare({ flickr: downloads.at('snli_1.0') })).rejects.toThrow(/got flickr=.*snli_1\.0 without any/);
  });
});

describe('the TSV files of V-SNLI', () => {
  it('are read without a header: label, tokens, tokens, picture, premise, hypothesis, id', async () => {
    const line = (picture: string, label: string) =>
      [
        label,
        'A dog',
        'A cat',
        `${picture}.jpg#0`,
        '"A dog says ""hi""."',
        ' A cat. ',
        `${picture}.jpg#0r1${label[0]}`,
      ].join('\t');
    for (const [split, picture] of [
      ['train', '1'],
      ['dev', '2'],
      ['test', '3'],
      ['test_hard', '3'],
    ] as const) {
      await downloads.write(
        `snli_1.0/VSNLI_1.0_${split}.tsv`,
        `${line(picture, 'neutral')}\r\n${line(picture, 'entailment')}\r\nneutral\ttoo few\r\n`,
      );
      await downloads.picture(`snli_1.0/flickr30k_images/flickr30k_images/${picture}.jpg`);
    }
    const { counts, dropped } = await prepare();
    expect(counts.rows).toEqual({ train: 2, dev: 2, test: 2, test_hard: 2 });
    expect((await rows('train'))[0]).toEqual({
      id: '1.jpg#0r1n',
      sentence1: 'A dog says "hi".',
      sentence2: 'A cat.',
      img: 'images/1.jpg',
      label: 'neutral',
    });
    expect(dropped).toEqual({ 'broken row': { train: 1, dev: 1, test: 1, test_hard: 1 } });
  });
});
