import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareListings, listDataFiles, parseListing, renderListing, type ListedFile } from './index.js';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const listed = (path: string, content = path): ListedFile => ({ path, sha256: hashOf(content) });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-listing-'));
  mkdirSync(join(folder, 'pictures'));
  writeFileSync(join(folder, 'train.jsonl'), 'rows');
  writeFileSync(join(folder, 'pictures/a.png'), 'a picture');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a listing of data', () => {
  const files = (): string[] => ['train.jsonl', 'pictures/a.png'].map((name) => join(folder, name));

  it('has the hash of every file by path, sorted', async () => {
    const progress: number[] = [];
    const listing = await listDataFiles(
      { files: files() },
      { baseFolder: folder, onProgress: (done) => void progress.push(done) },
    );
    expect(listing).toEqual([listed('pictures/a.png', 'a picture'), listed('train.jsonl', 'rows')]);
    expect(progress).toEqual([1, 2]);
  });

  it('is unknown where a dataset does not know its files', async () => {
    expect(await listDataFiles({}, { baseFolder: folder })).toBeUndefined();
  });

  it('names a file that cannot be read', async () => {
    const listing = listDataFiles({ files: [join(folder, 'gone.png')] }, { baseFolder: folder });
    await expect(listing).rejects.toThrow(/every file must be readable, got .*gone\.png/);
  });

  it('is read as it was written, odd names too', () => {
    const odd = [listed('a b.png'), listed('back\\slash'), listed('new\nline'), listed('ret\rurn'), listed('\\n')];
    expect(parseListing(renderListing(odd), 'data.sha256')).toEqual(odd);
  });

  it('is written as sha256sum writes it', () => {
    expect(renderListing([listed('a.png')])).toBe(`${hashOf('a.png')}  a.png\n`);
    expect(renderListing([listed('a\\b')])).toBe(`\\${hashOf('a\\b')}  a\\\\b\n`);
  });

  it.each([
    ['abc  a.png\n', /data\.sha256, line 1: must be a SHA-256 hash, two spaces and a path, got "abc {2}a\.png"/],
    [`${hashOf('a')}  a.png`, /line 1: .*the file is cut short/],
    [`${hashOf('a')}  a.png\n${hashOf('b')} b.png\n`, /line 2/],
  ])('is refused when damaged: %j', (text, message) => {
    expect(() => parseListing(text, 'data.sha256')).toThrow(message);
  });
});

describe('compared listings', () => {
  const before = [listed('data/train.jsonl'), listed('data/pictures/a.png'), listed('data/pictures/b.png')];
  const same = { changed: [], missing: [], added: [] };

  it('do not differ where the data was moved as a whole', () => {
    const moved = before.map(({ path, sha256 }) => ({ path: path.replace('data/', '../elsewhere/there/'), sha256 }));
    expect(compareListings(before, moved)).toEqual(same);
  });

  it('name what changed, is gone and is new', () => {
    const now = [
      listed('data/train.jsonl'),
      listed('data/pictures/a.png', 'another'),
      listed('data/pictures/c.png'),
      listed('elsewhere/d.png'),
    ];
    expect(compareListings(before, now)).toEqual({
      changed: ['data/pictures/a.png'],
      missing: ['data/pictures/b.png'],
      added: ['data/pictures/c.png', 'elsewhere/d.png'],
    });
  });

  it('name them by where they are now, where the data was moved', () => {
    const now = [listed('/mnt/train.jsonl', 'data/train.jsonl'), listed('/mnt/pictures/b.png', 'another')];
    expect(compareListings(before, now)).toEqual({
      changed: ['/mnt/pictures/b.png'],
      missing: ['data/pictures/a.png'],
      added: [],
    });
  });

  it('tell two files that changed places', () => {
    const now = [listed('x/a', 'b'), listed('x/b', 'a')];
    expect(compareListings([listed('x/a', 'a'), listed('x/b', 'b')], now).changed).toEqual(['x/a', 'x/b']);
  });

  it('of no files are the same', () => {
    expect(compareListings([], [])).toEqual(same);
  });
});
