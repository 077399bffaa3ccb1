// Builds real datasets in a temporary folder and compares them with SHA-256 hashes of the Python reference's files.
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@tessera/core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildEmojiDataset, type EmojiDataset } from './index.js';
import { sha256 } from '../sha256.js';
import { verifyDataset } from '../verifyDataset.js';

let parent: string;
let built: EmojiDataset;
const stages = new Set<string>();

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tessera-emoji-'));
  built = await buildEmojiDataset({
    to: join(parent, 'built'),
    onProgress: (done, total, stage) => done === total && stages.add(stage),
  });
});

afterAll(() => rm(parent, { recursive: true, force: true }));

const linesOf = async (split: string) =>
  (await readFile(join(built.folder, `${split}.jsonl`), 'utf8')).trimEnd().split('\n');

describe('the default dataset equals the reference', () => {
  test.each([
    ['train.jsonl', 'c2a6b0581452990414e7f4d2e6edf71d3c3f9865934b56d95b0bbe2b867ac315'],
    ['dev.jsonl', '4eb4ed9c0adf8648fbe062e46023f243b326e473a6528835c781f58febc8547a'],
    ['test.jsonl', 'a9042341f9dba825d932ca177dbf598bc1f43cf9f0d569ad17f2e4ec0ef8e75c'],
    ['labels.json', '30f39e6cbcba772debf51182c906577401bea8cf39fa3b597c038de5ecdac7ba'],
  ])('%s, byte by byte', async (name, expected) => {
    expect(sha256(await readFile(join(built.folder, name)))).toBe(expected);
    expect(built.manifest.files.bytes[name]).toBe(expected);
  });

  test.each([
    ['train', 2964, '1F600#0', 'smile', '1F532#0', 'geometric'],
    ['dev', 144, '1F602#0', 'haha', '1F536#0', 'geometric'],
    ['test', 338, '1F643#0', 'smile', '1F4A0#0', 'geometric'],
  ])('%s has %i rows, from %s to %s', async (split, count, firstId, firstText, lastId, lastText) => {
    const rows = (await linesOf(split)).map((line) => JSON.parse(line) as unknown);
    expect(rows).toHaveLength(count);
    expect(rows[0]).toMatchObject({ id: firstId, text: firstText });
    expect(rows.at(-1)).toMatchObject({ id: lastId, text: lastText });
  });

  test('writes a row with its keys in the reference order', async () => {
    expect((await linesOf('train'))[0]).toBe(
      '{"id": "1F600#0", "text": "smile", "image": "images/google/1F600.png", "label": "smileys-emotion", ' +
        '"name": "grinning face", "image_alt": "images/twitter/1F600.png"}',
    );
  });

  test('pictures, pixel by pixel', () => {
    // The hash of Pillow's 2336 pictures: one line "path sha256(rgb)" for each, sorted.
    const lines = Object.entries(built.manifest.files.pixels).map(([path, hash]) => `${path} ${hash}\n`);
    expect(lines).toHaveLength(2336);
    expect(sha256(lines.sort().join(''))).toBe('741ee1bf58030e0916526acbeb539e80a1dbfb52cf5559d15924d464d6b2867a');
  });

  test('counts what is in it and what was dropped', () => {
    expect(built).toMatchObject({
      reused: false,
      rows: { train: 2964, dev: 144, test: 338 },
      emoji: { train: 927, dev: 144, test: 338 },
    });
    expect(built.labels).toHaveLength(8);
    expect(built.dropped).toEqual({
      'flags/components/ungrouped': 305,
      'gendered variant': 108,
      'family combination': 32,
      'no picture in both vendors': 8,
      'no keyword left': 87,
      'class under 8': 0,
    });
    expect([...stages]).toEqual(['rows', 'pictures']);
  });
});

describe('an existing folder', () => {
  test('with the same dataset is left as it is', async () => {
    const before = await stat(join(built.folder, 'manifest.json'));
    const again = await buildEmojiDataset({ to: built.folder });
    expect(again).toEqual({ ...built, reused: true });
    expect((await stat(join(built.folder, 'manifest.json'))).mtimeMs).toBe(before.mtimeMs);
  });

  test('with another dataset is an error unless overwrite is set', async () => {
    const to = join(parent, 'changed');
    await cp(built.folder, to, { recursive: true });
    const other = { to, language: 'de', minimumCount: 200 };
    await expect(buildEmojiDataset(other)).rejects.toThrow(/other options.*Choose another folder or set overwrite/);
    const replaced = await buildEmojiDataset({ ...other, overwrite: true });
    expect(replaced).toMatchObject({ reused: false, manifest: { options: { language: 'de', minimumCount: 200 } } });
    expect(await verifyDataset(to)).toMatchObject({ ok: true });
  });

  test('with anything else is never replaced', async () => {
    const to = join(parent, 'foreign');
    await mkdir(to);
    await writeFile(join(to, 'thesis.txt'), 'mine');
    const building = buildEmojiDataset({ to, overwrite: true });
    await expect(building).rejects.toBeInstanceOf(DataError);
    await expect(building).rejects.toThrow('with thesis.txt. Choose another folder.');
    expect(await readdir(to)).toEqual(['thesis.txt']);
  });

  test('with a damaged dataset is an error that says how to repair it', async () => {
    const to = join(parent, 'damaged');
    await cp(built.folder, to, { recursive: true });
    await rm(join(to, 'images/google/1F600.png'));
    await expect(buildEmojiDataset({ to })).rejects.toThrow('0 changed and 1 missing files. Set overwrite');
  });
});

describe('an interrupted build', () => {
  const interrupt = (done: number, _total: number, stage: string) => {
    if (stage === 'pictures' && done === 50) throw new Error('interrupted');
  };

  test('leaves nothing behind, and nothing under the final name on the way', async () => {
    const before = await readdir(parent);
    const to = join(parent, 'stopped');
    const wasThere = new Set<boolean>();
    const onProgress = (...step: Parameters<typeof interrupt>) => {
      wasThere.add(existsSync(to));
      interrupt(...step);
    };
    await expect(buildEmojiDataset({ to, onProgress })).rejects.toThrow('interrupted');
    expect([...wasThere]).toEqual([false]);
    expect(await readdir(parent)).toEqual(before);
  });

  test('leaves the dataset it was to replace', async () => {
    const building = buildEmojiDataset({ to: built.folder, language: 'fr', overwrite: true, onProgress: interrupt });
    await expect(building).rejects.toThrow('interrupted');
    expect(await verifyDataset(built.folder)).toMatchObject({ ok: true, manifest: { options: { language: 'en' } } });
  });
});

describe('verifyDataset', () => {
  test('reports changed and missing files', async () => {
    const folder = join(parent, 'verified');
    await cp(built.folder, folder, { recursive: true });
    const blank = { width: 64, height: 64, channels: 3 as const, background: 'white' };
    await sharp({ create: blank }).png().toFile(join(folder, 'images/google/1F600.png'));
    await writeFile(join(folder, 'images/google/1F603.png'), 'no picture');
    await writeFile(join(folder, 'dev.jsonl'), '');
    await rm(join(folder, 'images/twitter/1F600.png'));
    expect(await verifyDataset(folder)).toMatchObject({
      ok: false,
      checked: 2340,
      differing: ['dev.jsonl', 'images/google/1F600.png', 'images/google/1F603.png'],
      missing: ['images/twitter/1F600.png'],
    });
  });

  test('takes a picture written by another encoder as the same', async () => {
    const folder = join(parent, 'encoded');
    await cp(built.folder, folder, { recursive: true });
    const file = join(folder, 'images/google/1F600.png');
    const encoded = await sharp(file).png({ compressionLevel: 1, adaptiveFiltering: true }).toBuffer();
    expect(encoded.equals(await readFile(file))).toBe(false);
    await writeFile(file, encoded);
    expect(await verifyDataset(folder)).toMatchObject({ ok: true });
  });

  test('says that a folder holds no dataset', async () => {
    await expect(verifyDataset(parent)).rejects.toThrow('must hold a manifest');
  });
});
