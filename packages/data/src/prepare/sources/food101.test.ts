// The layouts of UPMC Food-101: pictures in images/<split>/<class>, texts in texts_txt/<class> or as titles in texts/*.csv.
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Downloads } from '../../../test/downloads.js';
import { prepareDataset, type PreparedManifest } from '../index.js';

let downloads: Downloads;
beforeEach(async () => {
  downloads = await Downloads.open();
});
afterEach(() => downloads.remove());

const rows = (split: string, folder?: string) => downloads.rows(split, folder);

const prepare = async (options: object = {}): Promise<PreparedManifest> =>
  (
    await prepareDataset({
      dataset: 'food101',
      from: downloads.at('food'),
      to: downloads.at('out'),
      dev: 2,
      ...options,
    })
  ).manifest;

const page = 'Grandma\'s BEST Apple-Pie!\n\n  (Easy)   recipe: flour, sugar & "love" @ home.';

/** Six training pictures of one class and three of another, one test picture of each. */
async function textFiles(): Promise<void> {
  for (const [label, train] of [
    ['apple_pie', 6],
    ['baklava', 3],
  ] as const) {
    for (let number = 0; number <= train; number++) {
      const split = number < train ? 'train' : 'test';
      await downloads.picture(`food/images/${split}/${label}/${label}_${number}.jpg`);
      await downloads.write(
        `food/texts_txt/${label}/${label}_${number}.txt`,
        number === 0 ? page : `${label} ${number}`,
      );
    }
  }
}

describe('texts in files', () => {
  it('are lower-cased words without punctuation, as the authors prepare them', async () => {
    await textFiles();
    await prepare({ dev: 1 });
    const all = [...(await rows('train')), ...(await rows('dev'))];
    expect(all.find(({ id }) => id === 'apple_pie_apple_pie_0.jpg')).toEqual({
      id: 'apple_pie_apple_pie_0.jpg',
      text: 'grandma s best apple pie easy recipe flour sugar love home ',
      img: 'images/train/apple_pie/apple_pie_0.jpg',
      label: 'apple_pie',
    });
  });

  it('take development rows from training, of each class its share', async () => {
    await textFiles();
    const { counts, options } = await prepare({ dev: 3 });
    expect(counts).toMatchObject({ rows: { train: 6, dev: 3, test: 2 }, labels: 2 });
    expect((await rows('dev')).map(({ label }) => label)).toEqual(['apple_pie', 'apple_pie', 'baklava']);
    expect(options).toMatchObject({ dev: 3 });
  });

  it('give the same split for the same seed and another one for another', async () => {
    await textFiles();
    await prepare({ seed: 1 });
    await prepare({ seed: 1, to: downloads.at('again') });
    const chosen = async (folder: string) => (await rows('dev', folder)).map(({ id }) => id);
    expect(await chosen('again')).toEqual(await chosen('out'));
    const others: unknown[] = [];
    for (const seed of [2, 3, 4]) {
      await prepare({ seed, to: downloads.at(`seed${seed}`) });
      others.push(await chosen(`seed${seed}`));
    }
    expect(others).not.toEqual([await chosen('out'), await chosen('out'), await chosen('out')]);
  });

  it('leave out pictures without a text, web pages, empty files and pictures cut short', async () => {
    await textFiles();
    await downloads.picture('food/images/train/apple_pie/apple_pie_77.jpg');
    await downloads.write('food/texts_txt/baklava/baklava_0.txt', '***\n');
    await downloads.webPage('food/images/train/apple_pie/apple_pie_1.jpg');
    await downloads.write('food/images/train/apple_pie/apple_pie_2.jpg', '');
    const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * i) % 251);
    const whole = await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
      .jpeg()
      .toBuffer();
    await downloads.write('food/images/train/apple_pie/apple_pie_3.jpg', whole.subarray(0, whole.length - 200));
    await downloads.write('food/images/train/apple_pie/Thumbs', '\x01\x02');
    await downloads.write('food/images/train/.DS_Store', 'x');
    const { dropped } = await prepare({ decode: true });
    expect(dropped).toEqual({
      'empty text': { train: 3 },
      'not a picture': { train: 2 },
      'damaged picture': { train: 1 },
    });
    expect((await rows('dropped')).map(({ detail }) => detail)).toEqual(
      expect.arrayContaining([
        'no texts_txt/apple_pie/apple_pie_77.txt',
        'images/train/apple_pie/apple_pie_1.jpg: the file is a web page (HTML)',
        'images/train/apple_pie/apple_pie_2.jpg: the file is empty',
      ]),
    );
  });

  it('need training rows beside the development rows', async () => {
    await textFiles();
    await expect(prepare({ dev: undefined })).rejects.toThrow(
      'food101: dev must be fewer than the training rows, got dev=5000 of 9. Give a smaller dev (--dev).',
    );
  });
});

describe('titles in CSV', () => {
  beforeEach(async () => {
    for (const number of [0, 1, 2, 3]) await downloads.picture(`food/images/train/apple_pie/apple_pie_${number}.jpg`);
    await downloads.picture('food/images/test/apple_pie/apple_pie_4.jpg');
    await downloads.write('food/texts/test_titles.csv', 'apple_pie_4.jpg,Test Pie,apple_pie\n');
  });

  it('have no header: picture, title, class', async () => {
    const text = 'apple_pie_0.jpg,"Pie, ""Dutch"" style | Food.com",apple_pie\napple_pie_1.jpg,Two,apple_pie\n';
    await downloads.write('food/texts/train_titles.csv', text);
    await prepare({ dev: 1 });
    const all = [...(await rows('train')), ...(await rows('dev'))];
    expect(all.find(({ id }) => id === 'apple_pie_apple_pie_0.jpg')).toMatchObject({
      text: 'pie dutch style | food com',
      label: 'apple_pie',
    });
  });

  it('leave out rows with too few cells, without a title, of no picture, and repeated ones', async () => {
    const lines = [
      'apple_pie_0.jpg,One,apple_pie',
      'apple_pie_1.jpg,,apple_pie',
      'apple_pie_2.jpg,Three',
      'apple_pie_9.jpg,Gone,apple_pie',
      'apple_pie_0.jpg,One again,apple_pie',
      '../../secret.jpg,Out,apple_pie',
      'apple_pie_3.jpg,Four,apple_pie',
    ];
    await downloads.write('food/texts/train_titles.csv', lines.join('\n'));
    const { dropped, counts } = await prepare({ dev: 1 });
    expect(counts.rows).toEqual({ train: 1, dev: 1, test: 1 });
    expect(dropped).toEqual({
      'broken row': { train: 2 },
      'duplicate id': { train: 1 },
      'empty text': { train: 1 },
      'missing picture': { train: 1 },
    });
    expect(await rows('dropped')).toContainEqual(
      expect.objectContaining({
        reason: 'duplicate id',
        detail: '"apple_pie_apple_pie_0.jpg", as texts/train_titles.csv, line 1 has it',
      }),
    );
  });
});
