// The layout of mmimdb.tar.gz: split.json, dataset/<id>.json as IMDbPY wrote it, dataset/<id>.jpeg.
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Downloads } from '../../../test/downloads.js';
import { prepareDataset, type PreparedManifest } from '../index.js';

let downloads: Downloads;
beforeEach(async () => {
  downloads = await Downloads.open();
});
afterEach(() => downloads.remove());

const film = (title: string, genres: readonly string[], plot: readonly string[]) => ({
  title,
  kind: 'movie',
  genres,
  plot,
  'plot outline': plot[0] ?? '',
  'cover url': `http://ia.media-imdb.com/images/M/${title}.jpg`,
  year: 1994,
});

interface Films {
  readonly [id: string]: ReturnType<typeof film> | string;
}

const rows = (split: string) => downloads.rows(split);

async function raw(splits: Record<string, readonly unknown[]>, films: Films, folders = ['dataset', 'dataset']) {
  await downloads.json('mmimdb/split.json', splits);
  for (const [id, facts] of Object.entries(films)) {
    const place = `mmimdb/${folders[0]}/${id}.json`;
    await (typeof facts === 'string' ? downloads.write(place, facts) : downloads.json(place, facts));
    await downloads.picture(`mmimdb/${folders[1]}/${id}.jpeg`);
  }
}

const prepare = async (options: object = {}): Promise<PreparedManifest> =>
  (await prepareDataset({ dataset: 'mmimdb', from: downloads.at('mmimdb'), to: downloads.at('out'), ...options }))
    .manifest;

const films: Films = {
  '0111161': film(
    'Shawshank',
    ['Crime', 'Drama'],
    ['Short.', 'Two imprisoned men bond over a number of years.', 'Mid-size.'],
  ),
  '0068646': film('Godfather', ['Crime', 'Drama'], ['The aging patriarch transfers control.']),
  '0071562': film('Part II', ['Drama'], ['The early life of Vito.']),
  '0468569': film('Knight', ['Crime'], ['Batman.']),
};
const splits = { dev: ['0071562'], test: ['0468569'], train: ['0111161', '0068646'] };

describe('the raw folder', () => {
  it('gives the longest plot, the genres, the poster and the official splits in their own order', async () => {
    await raw(splits, films);
    const manifest = await prepare();
    expect(await rows('train')).toEqual([
      {
        id: '0111161',
        text: 'Two imprisoned men bond over a number of years.',
        img: 'images/0111161.jpeg',
        label: ['Crime', 'Drama'],
      },
      expect.objectContaining({ id: '0068646' }),
    ]);
    expect(await rows('dev')).toHaveLength(1);
    expect(manifest.counts).toEqual({ rows: { train: 2, dev: 1, test: 1 }, labels: 2, pictures: 4 });
    expect(manifest.dropped).toEqual({});
    expect(await readFile(downloads.at('out/images/0111161.jpeg'))).toEqual(
      await readFile(downloads.at('mmimdb/dataset/0111161.jpeg')),
    );
  });

  it('labels are in the order of their first appearance in training', async () => {
    await raw({ ...splits, train: ['0071562', '0111161'], dev: ['0068646'] }, films);
    await prepare();
    expect(JSON.parse(await readFile(downloads.at('out/labels.json'), 'utf8'))).toEqual(['Drama', 'Crime']);
  });

  it('may lie in a folder of its own, or keep facts and posters apart as mirrors do', async () => {
    await raw({ ...splits, train: [111161, '0068646'] }, films, ['labels', 'images']);
    const { counts } = await prepare({ from: downloads.folder });
    expect(counts.rows).toEqual({ train: 2, dev: 1, test: 1 });
  });

  it('leaves out, with reasons: News, faulty files, empty plots, missing posters, genres that training lacks', async () => {
    await raw(
      { ...splits, train: ['0111161', '0068646', '1', '2', '3', '4', '5', '6', '0111161'], test: ['0468569', '7'] },
      {
        ...films,
        '1': film('Bulletin', ['News', 'Drama'], ['The news.']),
        '2': '{"genres": ["Drama"], "plot": ["cut sho',
        '3': film('Silent', ['Drama'], []),
        '4': film('Blank', ['Drama'], ['  ']),
        '5': '{"genres": "unknown", "title": "No plot"}',
        '7': film('Late show', ['Talk-Show'], ['A host talks.']),
      },
    );
    await downloads.webPage('mmimdb/dataset/0068646.jpeg');
    const manifest = await prepare();
    expect(manifest.dropped).toEqual({
      'broken row': { train: 3 },
      'duplicate id': { train: 1 },
      'excluded label': { train: 1 },
      'unknown label': { test: 1 },
      'empty text': { train: 2 },
      'not a picture': { train: 1 },
    });
    expect(await rows('dropped')).toEqual(
      expect.arrayContaining([
        { split: 'train', origin: 'dataset/6.json', id: '6', reason: 'broken row', detail: 'there is no such file' },
        {
          split: 'train',
          origin: 'dataset/0068646.json',
          id: '0068646',
          reason: 'not a picture',
          detail: 'dataset/0068646.jpeg: the file is a web page (HTML)',
        },
        { split: 'test', origin: 'dataset/7.json', id: '7', reason: 'unknown label', detail: 'Talk-Show' },
      ]),
    );
    expect(await rows('train')).toHaveLength(1);
  });

  it('repeats the rows that the authors call hard in a file of their own', async () => {
    await raw({ ...splits, test: ['0468569', '0071562'], dev: [] }, films);
    await downloads.json('mmimdb/hard_gt_ids.json', { mmimdb: ['0071562', '9999999'], food101: [] });
    const { counts } = await prepare();
    expect(counts.rows).toEqual({ train: 2, test: 2, test_hard_gt: 1 });
    expect(await rows('test_hard_gt')).toEqual([expect.objectContaining({ id: '0071562' })]);
  });

  it.each([
    ['{"mmimdb": ["1234567"]}', /none of its 1 from hard=.*belongs to this dataset/],
    ['[1, 2]', /must be a list of ids, or have one under "mmimdb"/],
    [undefined, /must be a file that can be read/],
  ])('refuses a list of hard rows %s', async (content, message) => {
    await raw(splits, films);
    if (content !== undefined) await downloads.write('hard.json', content);
    await expect(prepare({ hard: downloads.at('hard.json') })).rejects.toThrow(message);
  });
});

describe('the authors’ JSON Lines', () => {
  const line = (id: string, label: readonly string[]) => ({
    id,
    text: 'A plot.',
    image: `mmimdb/dataset/${id}.jpeg`,
    label,
  });

  it('are taken with `image`, which their own reader looks for under `img`', async () => {
    for (const [split, id] of [
      ['train', '1'],
      ['dev', '2'],
      ['test', '3'],
    ] as const) {
      await downloads.lines(`mmimdb/${split}.jsonl`, [line(id, ['Drama']), '{"id": "9", "text": ', { id: '8' }]);
      await downloads.picture(`mmimdb/mmimdb/dataset/${id}.jpeg`);
    }
    const { counts, dropped } = await prepare();
    expect(counts.rows).toEqual({ train: 1, dev: 1, test: 1 });
    expect(dropped).toEqual({ 'broken row': { train: 2, dev: 2, test: 2 } });
    expect(await rows('dropped')).toContainEqual(
      expect.objectContaining({
        origin: 'train.jsonl, row 2',
        detail: expect.stringContaining('malformed JSON') as string,
      }),
    );
  });

  it('may not name pictures outside their folder', async () => {
    for (const split of ['train', 'dev', 'test']) {
      await downloads.lines(`mmimdb/${split}.jsonl`, [{ ...line('1', ['Drama']), image: '../../etc/passwd' }]);
    }
    await expect(prepare()).rejects.toThrow(/at least one training row.*img must stay within the folder/s);
  });
});

describe('a folder that is something else', () => {
  it('is refused with what is wanted and what is there', async () => {
    await downloads.write('mmimdb/mmimdb.tar.gz', 'packed');
    await expect(prepare()).rejects.toThrow(
      /^mmimdb: from must hold split\.json with the folder dataset .* got from=.*mmimdb with mmimdb\.tar\.gz\. Unpack mmimdb\.tar\.gz/,
    );
  });

  it('or has a broken list of splits', async () => {
    await raw(splits, films);
    await downloads.write('mmimdb/split.json', '{"train": ["0111161"]}');
    await expect(prepare()).rejects.toThrow(/split\.json must be a JSON object with lists of ids/);
  });
});
