// The example's clips are pairs in opposite order, and its specs train on them as they stand.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../test/runTessera.js';

const example = resolve(import.meta.dirname, '..');
let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-moving-'));
  cpSync(join(example, 'specs'), at('specs'), { recursive: true });
  const { status, stdout } = spawnSync(process.execPath, [join(example, 'makeClips.mjs'), at('data')], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  expect(stdout).toContain('28 clips train, 12 clips dev, 12 clips test.');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The frames of a clip, as text that can be compared. */
const framesOf = (name: string): Promise<string[]> =>
  Promise.all(
    [0, 1, 2, 3].map(async (page) => {
      const pixels = await sharp(at('data', 'clips', name), { page })
        .raw()
        .toBuffer();
      return pixels.toString('hex');
    }),
  );

describe('makeClips.mjs', () => {
  it('makes pairs of the same frames in opposite order, as many of each in each split', async () => {
    const left = await framesOf('3-left.gif');
    expect(await framesOf('3-right.gif')).toEqual(left.toReversed());
    expect(new Set(left).size).toBe(4);
    for (const [split, count] of Object.entries({ train: 14, dev: 6, test: 6 })) {
      const text = readFileSync(at('data', `${split}.jsonl`), 'utf8');
      expect(text.match(/"label":"left"/g)).toHaveLength(count);
      expect(text.match(/"label":"right"/g)).toHaveLength(count);
    }
  });
});

describe('the specs', () => {
  it('train, and are compared', async () => {
    const specs = ['ordered', 'timeless'].map((name) => at('specs', `${name}.yaml`));
    const short = ['--set', 'training.epochs=1', '--backend', 'wasm', '--jobs', '1'];
    const { code, out, notes } = await runTessera(['compare', ...specs, '--to', at('runs'), ...short]);
    expect(code, notes).toBe(0);
    expect(out).toMatch(/^ordered /m);
    expect(out).toMatch(/^timeless /m);
  });
});
