// The HDF5 form, over files that h5py and numpy wrote in its layout (packages/data/test/mmimdb/make.py).
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Downloads } from '../../../test/downloads.js';
import { prepareDataset, verifyDataset, type PrepareOptions } from '../../index.js';

const made = join(import.meta.dirname, '../../../test/mmimdb');
let downloads: Downloads;
beforeEach(async () => {
  downloads = await Downloads.open();
  await downloads.write('mmimdb/.keep', '');
  await copyFile(join(made, 'multimodal_imdb.hdf5'), downloads.at('mmimdb/multimodal_imdb.hdf5'));
  await copyFile(join(made, 'metadata.npy'), downloads.at('mmimdb/metadata.npy'));
});
afterEach(() => downloads.remove());

const prepare = (options: Partial<PrepareOptions> = {}) =>
  prepareDataset({ dataset: 'mmimdb', from: downloads.at('mmimdb'), to: downloads.at('out'), ...options });
const rows = (split: string) => downloads.rows(split);

describe('multimodal_imdb.hdf5', () => {
  it('gives words, genres, ids and the splits of its table; an empty plot and an unknown genre are left out', async () => {
    const { manifest } = await prepare();
    expect(manifest.counts).toEqual({ rows: { train: 2, dev: 1, test: 1 }, labels: 2, pictures: 4 });
    expect(manifest.dropped).toEqual({ 'unknown label': { test: 1 }, 'empty text': { train: 1 } });
    expect(await rows('train')).toEqual([
      { id: '0000001', text: 'a film about', img: 'images/0000001.png', label: ['Drama'] },
      { id: '0000002', text: "a film about ocean's", img: 'images/0000002.png', label: ['Drama', 'Comedy'] },
    ]);
    expect(await rows('dev')).toEqual([expect.objectContaining({ id: '0000004', text: "a film about ocean's é N" })]);
    expect((await rows('test'))[0]).toMatchObject({ text: "a film about ocean's é N _UNK_" });
  });

  it('gives the posters’ pixels as they were before VGG’s means were taken off', async () => {
    await prepare();
    const { data, info } = await sharp(downloads.at('out/images/0000002.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 5, height: 8, channels: 3 });
    const expected = Array.from({ length: 8 * 5 * 3 }, (_, i) => {
      const [y, x, channel] = [Math.floor(i / 15), Math.floor(i / 3) % 5, i % 3];
      return (40 + channel * 70 + y * 13 + x * 29) % 256;
    });
    expect([...data]).toEqual(expected);
  });

  it('is what has a hash as an input, not the posters taken out of it, and nothing else is left behind', async () => {
    const { manifest } = await prepare();
    expect(Object.keys(manifest.inputs.files)).toEqual(['metadata.npy', 'multimodal_imdb.hdf5']);
    expect(await verifyDataset(downloads.at('out'))).toMatchObject({ ok: true });
    expect((await readdir(downloads.folder)).sort()).toEqual(['mmimdb', 'out']);
  });

  it('is read with words as older versions of numpy wrote them', async () => {
    await copyFile(join(made, 'metadata-protocol2.npy'), downloads.at('mmimdb/metadata.npy'));
    await prepare();
    expect((await rows('train'))[1]).toMatchObject({ text: "a film about ocean's" });
  });

  it('needs the words beside it', async () => {
    await downloads.write('alone/multimodal_imdb.hdf5', await readFile(join(made, 'multimodal_imdb.hdf5')));
    await expect(prepare({ from: downloads.at('alone') })).rejects.toThrow(
      /needs metadata\.npy beside it, got none in/,
    );
  });

  it.each([
    ['metadata.npy', '<html>404</html>', /metadata\.npy must be a numpy file, got something else/],
    ['multimodal_imdb.hdf5', '<html>404</html>', /multimodal_imdb\.hdf5 must be a whole HDF5 file, got something else/],
  ])('refuses %s that is a web page', async (name, content, message) => {
    await downloads.write(`mmimdb/${name}`, content);
    await expect(prepare()).rejects.toThrow(message);
    expect(await readdir(downloads.folder)).toEqual(['mmimdb']);
  });

  it('refuses a file that was cut short, and one that lacks a table', async () => {
    const whole = await readFile(join(made, 'multimodal_imdb.hdf5'));
    await downloads.write('mmimdb/multimodal_imdb.hdf5', whole.subarray(0, 6000));
    await expect(prepare()).rejects.toThrow(/multimodal_imdb\.hdf5 must be a whole HDF5 file/);
    const { default: hdf5 } = await import('h5wasm/node');
    await hdf5.ready;
    const file = new hdf5.File(downloads.at('mmimdb/multimodal_imdb.hdf5'), 'w');
    file.create_dataset({ name: 'imdb_ids', data: ['0000001'], dtype: 'S7' });
    file.close();
    await expect(prepare()).rejects.toThrow(
      /must have the table genres, got none; it has imdb_ids\. Download it again/,
    );
  });

  it('refuses ids that would lead out of the folder of posters', async () => {
    const whole = await readFile(join(made, 'multimodal_imdb.hdf5'), 'latin1');
    const changed = Buffer.from(whole.replace('0000001', '../../1'), 'latin1');
    await downloads.write('mmimdb/multimodal_imdb.hdf5', changed);
    await expect(prepare()).rejects.toThrow(/must have ids of digits in imdb_ids, got "\.\.\/\.\.\/1"/);
    expect(await readdir(downloads.folder)).toEqual(['mmimdb']);
  });

  it('cannot have its posters referenced', async () => {
    await expect(prepare({ pictures: 'reference' })).rejects.toThrow(
      /got pictures=reference for an HDF5 file\. Use link/,
    );
  });
});
