import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../../test/runTessera.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const packages = join(dirname(fileURLToPath(import.meta.url)), '../../../../examples/emoji');
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-data-'));
  const { code, out } = await runTessera(['data', 'emoji', '--to', at('emoji'), '--from', packages]);
  expect(code).toBe(0);
  expect(out).toMatch(/emoji: built, 2,964 train, 144 dev, 338 test rows, 8 labels\nleft out: 305 flags/);
});
afterAll(() => rmSync(folder, { recursive: true }));

const emoji = (...args: string[]) => runTessera(['data', 'emoji', '--to', at('emoji'), '--from', packages, ...args]);

describe('tessera data', () => {
  it('leaves an intact dataset as it is', async () => {
    expect((await emoji()).out).toContain('there already and intact');
    expect(JSON.parse((await emoji('--json')).out)).toMatchObject({ reused: true, rows: { train: 2964 } });
  });

  it('does not replace a dataset of other options unless told', async () => {
    const { code, notes } = await emoji('--label', 'subgroup');
    expect(code).toBe(2);
    expect(notes).toMatch(/must hold the same dataset/);
  });

  it('verify finds what differs and what is missing, and fails then', async () => {
    expect(await runTessera(['data', 'verify', at('emoji')])).toMatchObject({
      code: 0,
      out: expect.stringContaining('intact'),
    });
    const original = readFileSync(at('emoji/dev.jsonl'));
    writeFileSync(at('emoji/dev.jsonl'), 'changed');
    rmSync(at('emoji/images/google/1F600.png'));
    const { code, out } = await runTessera(['data', 'verify', at('emoji')]);
    expect(code).toBe(1);
    expect(out).toMatch(/not as built.*\n {2}differs: dev\.jsonl\n {2}missing: images\/google\/1F600\.png\n$/s);
    expect((await emoji()).notes).toContain('1 changed and 1 missing files. Set overwrite (--overwrite)');
    expect((await emoji('--overwrite')).out).toContain('built');
    expect(readFileSync(at('emoji/dev.jsonl'))).toEqual(original);
  });

  it.each([
    [['emoji'], /required option '--to <folder>' not specified/],
    [['emoji', '--to', 'x', '--pictures', 'apple'], /Allowed choices are google, twitter/],
    [['emoji', '--to', 'x', '--keywords', 'one'], /whole number of at least 1/],
    [['verify', '/nowhere'], /must hold a manifest/],
    [['emjoi'], /Did you mean emoji/],
  ])('refuses %j', async (args, message) => {
    const { code, notes } = await runTessera(['data', ...args]);
    expect(notes).toMatch(message);
    expect(code).toBe(2);
  });
});
