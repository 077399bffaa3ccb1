// What preparing any dataset has in common: the files, their hashes, where pictures go, and folders that are taken.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Downloads } from '../../test/downloads.js';
import { prepareDataset, verifyDataset, type PrepareOptions } from '../index.js';

let downloads: Downloads;
beforeEach(async () => {
  downloads = await Downloads.open();
  for (const [name, id] of [
    ['train', 1],
    ['dev', 2],
    ['test', 3],
  ] as const) {
    await downloads.lines(`memes/${name}.jsonl`, [{ id, img: `img/0${id}.png`, label: 0, text: 'words' }]);
    await downloads.picture(`memes/img/0${id}.png`);
  }
});
afterEach(() => downloads.remove());

const prepare = (options: Partial<PrepareOptions> = {}) =>
  prepareDataset({ dataset: 'hateful-memes', from: downloads.at('memes'), to: downloads.at('out'), ...options });
const read = (...path: string[]) => readFile(downloads.at(...path), 'utf8');

describe('a prepared folder', () => {
  it('holds splits, labels, the rows left out, hashes and pictures', async () => {
    const { folder, manifest } = await prepare();
    expect(folder).toBe(downloads.at('out'));
    expect((await readdir(folder)).sort()).toEqual([
      'dev.jsonl',
      'dropped.jsonl',
      'images',
      'labels.json',
      'manifest.json',
      'pictures.sha256',
      'test.jsonl',
      'train.jsonl',
    ]);
    expect(JSON.parse(await read('out', 'manifest.json'))).toEqual(manifest);
    expect(await read('out', 'dropped.jsonl')).toBe('');
  });

  it('has the hashes of everything that was read and written', async () => {
    const { manifest } = await prepare();
    const hash = async (...path: string[]) =>
      createHash('sha256')
        .update(await readFile(downloads.at(...path)))
        .digest('hex');
    expect(manifest.inputs.files).toMatchObject({
      'train.jsonl': await hash('memes', 'train.jsonl'),
      'img/01.png': await hash('memes', 'img', '01.png'),
    });
    expect(manifest.files.bytes['train.jsonl']).toBe(await hash('out', 'train.jsonl'));
    expect(await read('out', 'pictures.sha256')).toContain(`${await hash('memes', 'img', '02.png')}  images/02.png\n`);
    execFileSync('sha256sum', ['--check', '--quiet', 'pictures.sha256'], { cwd: downloads.at('out') });
  });

  it('tells a folder of many files by one hash that changes with any of them', async () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ id: i + 10, img: `img/${i + 10}.png`, label: 1, text: 'w' }));
    await downloads.lines('memes/train.jsonl', many);
    for (const { img } of many) await downloads.picture(`memes/${img}`);
    const before = (await prepare()).manifest.inputs;
    expect(before.folders['img']).toMatchObject({ files: 22 });
    expect(Object.keys(before.files)).toEqual(['dev.jsonl', 'test.jsonl', 'train.jsonl']);
    await downloads.write('memes/img/10.png', await readFile(downloads.at('memes/img/11.png')));
    const after = (await prepare({ overwrite: true })).manifest.inputs;
    expect(after.folders['img']?.sha256).not.toBe(before.folders['img']?.sha256);
  });

  it('is the same wherever source and target are', async () => {
    const one = (await prepare()).manifest;
    const other = (await prepare({ to: downloads.at('deep', 'er') })).manifest;
    expect(other).toEqual(one);
  });

  it('is verified as intact, and every changed or missing file is found', async () => {
    await prepare();
    expect(await verifyDataset(downloads.at('out'))).toMatchObject({ ok: true, checked: 9 });
    await rm(downloads.at('out/images/03.png'));
    await downloads.write('out/dev.jsonl', '{}\n');
    expect(await verifyDataset(downloads.at('out'))).toMatchObject({
      ok: false,
      differing: ['dev.jsonl'],
      missing: ['images/03.png'],
    });
  });

  it('reports progress through rows, pictures and files', async () => {
    const stages = new Map<string, [number, number]>();
    await prepare({ onProgress: (done, total, stage) => void stages.set(stage, [done, total]) });
    expect([...stages.keys()]).toEqual(['rows', 'pictures', 'files']);
    for (const [done, total] of stages.values()) expect(done).toBe(total);
  });
});

describe('pictures', () => {
  const inode = async (...path: string[]) => (await stat(downloads.at(...path))).ino;

  it('are hard links by default, that take no room', async () => {
    await prepare();
    expect(await inode('out', 'images', '01.png')).toBe(await inode('memes', 'img', '01.png'));
  });

  it('behind symbolic links are linked themselves', async () => {
    await rm(downloads.at('memes/img/01.png'));
    await downloads.picture('store/01.png');
    await symlink('../../store/01.png', downloads.at('memes/img/01.png'));
    await prepare();
    expect(await inode('out', 'images', '01.png')).toBe(await inode('store', '01.png'));
  });

  it('can be copied', async () => {
    await prepare({ pictures: 'copy' });
    expect(await inode('out', 'images', '01.png')).not.toBe(await inode('memes', 'img', '01.png'));
  });

  it('can stay where they are; rows then name them from their file', async () => {
    await prepare({ pictures: 'reference' });
    expect(await readdir(downloads.at('out'))).not.toContain('images');
    expect(await read('out', 'train.jsonl')).toContain('"img":"../memes/img/01.png"');
    expect(await verifyDataset(downloads.at('out'))).toMatchObject({ ok: true, checked: 9 });
  });
});

describe('a folder that is taken', () => {
  it('is replaced only when told to, and only by the same kind of dataset', async () => {
    await prepare();
    await expect(prepare()).rejects.toThrow(/must be free.*holds a prepared hateful-memes.*--overwrite/);
    await downloads.lines('memes/train.jsonl', [{ id: 9, img: 'img/01.png', label: 1, text: 'other' }]);
    await prepare({ overwrite: true });
    expect(await read('out', 'train.jsonl')).toContain('"id":"9"');
    await expect(prepare({ dataset: 'mmimdb', overwrite: true })).rejects.toThrow(
      /must hold a prepared mmimdb and nothing else/,
    );
  });

  it('is never replaced when something else is in it', async () => {
    await prepare();
    await downloads.write('out/notes.txt', 'mine');
    await expect(prepare({ overwrite: true })).rejects.toThrow(/nothing else, got to=.* with notes\.txt/);
    expect(await read('out', 'notes.txt')).toBe('mine');
  });

  it('is as it was after an error', async () => {
    await prepare();
    await downloads.write('memes/train.jsonl', '');
    await expect(prepare({ overwrite: true })).rejects.toThrow(
      /at least one training row must be usable, got none of 0/,
    );
    expect(await verifyDataset(downloads.at('out'))).toMatchObject({ ok: true });
  });

  it('may not be the source or above it', async () => {
    await expect(prepare({ to: downloads.at('memes') })).rejects.toThrow(/another folder than from/);
    await expect(prepare({ to: downloads.folder })).rejects.toThrow(/not above it/);
  });
});
