// The archives of the challenge: phase 1 (dev, test) and phase 2 (seen and unseen), pictures in img.
import { readFile, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Downloads } from '../../../test/downloads.js';
import { prepareDataset, type PreparedManifest } from '../index.js';

let downloads: Downloads;
beforeEach(async () => {
  downloads = await Downloads.open();
});
afterEach(() => downloads.remove());

const meme = (id: number, label?: unknown, changes: object = {}) => ({
  id,
  img: `img/${String(id).padStart(5, '0')}.png`,
  ...(label !== undefined && { label }),
  text: `its their character ${id}`,
  ...changes,
});

async function challenge(files: Readonly<Record<string, readonly unknown[]>>): Promise<void> {
  for (const [name, rows] of Object.entries(files)) {
    await downloads.lines(`hateful_memes/${name}.jsonl`, rows);
    for (const row of rows) {
      const { img } = row as { img?: string };
      if (img?.startsWith('img/')) await downloads.picture(`hateful_memes/${img}`);
    }
  }
}

const rows = (split: string) => downloads.rows(split);

const prepare = async (options: object = {}): Promise<PreparedManifest> =>
  (
    await prepareDataset({
      dataset: 'hateful-memes',
      from: downloads.at('hateful_memes'),
      to: downloads.at('out'),
      ...options,
    })
  ).manifest;

describe('Hateful Memes', () => {
  it('of phase 2: the seen sets select and test, the unseen ones stand apart', async () => {
    await challenge({
      train: [meme(42953, 0), meme(23058, 1)],
      dev_seen: [meme(8291, 1)],
      dev_unseen: [meme(8291, 1), meme(46971, 1)],
      test_seen: [meme(16395, 1)],
      test_unseen: [meme(16395, 1), meme(3745, 0)],
    });
    const { counts, shared } = await prepare();
    expect(counts).toEqual({
      rows: { train: 2, dev: 1, test: 1, dev_unseen: 2, test_unseen: 2 },
      labels: 2,
      pictures: 6,
    });
    expect(await rows('train')).toEqual([
      { id: '42953', text: 'its their character 42953', img: 'images/42953.png', label: 'not hateful' },
      { id: '23058', text: 'its their character 23058', img: 'images/23058.png', label: 'hateful' },
    ]);
    expect(shared).toContainEqual({ splits: ['dev', 'dev_unseen'], ids: 1, pictures: 1 });
  });

  it('have the order of labels in which the second is hateful, whichever comes first in training', async () => {
    await challenge({ train: [meme(1, 1), meme(2, 0)], dev: [meme(3, 0)], test: [meme(4)] });
    await prepare();
    expect(JSON.parse(await readFile(downloads.at('out/labels.json'), 'utf8'))).toEqual(['not hateful', 'hateful']);
  });

  it('of phase 1: test rows without a label stay, training rows without one do not', async () => {
    await challenge({ train: [meme(1, 0), meme(2)], dev: [meme(3, 0)], test: [meme(4)] });
    const { counts, dropped } = await prepare();
    expect(counts.rows).toEqual({ train: 1, dev: 1, test: 1 });
    expect(await rows('test')).toEqual([{ id: '4', text: 'its their character 4', img: 'images/00004.png' }]);
    expect(dropped).toEqual({ 'broken row': { train: 1 } });
  });

  it('leave out, with reasons: broken lines, wrong labels, repeated ids, no text, pictures missing, elsewhere or none', async () => {
    await challenge({
      train: [
        meme(1, 0),
        '{"id":2,"img":"img\\/00002.png","label":0,"te',
        meme(3, 7),
        meme(1, 1),
        meme(5, 0, { text: '' }),
        meme(6, 0, { img: '../../../etc/passwd' }),
        meme(7, 0),
        meme(8, 0),
        [1, 2],
      ],
      dev: [meme(10, 0)],
      test: [meme(11)],
    });
    await downloads.webPage('hateful_memes/img/00007.png');
    await rm(downloads.at('hateful_memes/img/00008.png'));
    const { counts, dropped } = await prepare();
    expect(counts.rows).toEqual({ train: 1, dev: 1, test: 1 });
    expect(dropped).toEqual({
      'broken row': { train: 4 },
      'duplicate id': { train: 1 },
      'empty text': { train: 1 },
      'missing picture': { train: 1 },
      'not a picture': { train: 1 },
    });
  });

  it('keep pictures within their folder, whatever detours a row names', async () => {
    const detour = { img: '../hateful_memes/img/../img/00001.png' };
    await challenge({ train: [meme(1, 0), meme(2, 1, detour)], dev: [meme(3, 0)], test: [meme(4)] });
    await prepare();
    expect((await rows('train')).map(({ img }) => img)).toEqual(['images/00001.png', 'images/00001.png']);
  });

  it('are looked for in the folder that the archive unpacks to', async () => {
    await challenge({ train: [meme(1, 0)], dev: [meme(3, 0)], test: [meme(4)] });
    expect((await prepare({ from: downloads.folder })).counts.rows['train']).toBe(1);
  });
});
