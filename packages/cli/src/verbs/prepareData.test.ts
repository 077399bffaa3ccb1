import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../../test/runTessera.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-prepare-'));
  mkdirSync(at('memes', 'img'), { recursive: true });
  const row = (id: number, label?: number): string =>
    JSON.stringify({ id, img: `img/${id}.png`, ...(label !== undefined && { label }), text: `meme ${id}` });
  writeFileSync(at('memes', 'train.jsonl'), [row(1, 0), row(2, 1), '{"id": 3, ', row(4, 0)].join('\n'));
  writeFileSync(at('memes', 'dev_seen.jsonl'), [row(1, 0), row(9, 1)].join('\n'));
  writeFileSync(at('memes', 'test_seen.jsonl'), row(6));
  for (const id of [1, 2, 6]) {
    await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: id, g: 0, b: 0 } } })
      .png()
      .toFile(at('memes', 'img', `${id}.png`));
  }
  writeFileSync(at('memes', 'img', '4.png'), '<html>404</html>');
});
afterAll(() => rmSync(folder, { recursive: true }));

const memes = (...args: string[]) =>
  runTessera(['data', 'hateful-memes', '--from', at('memes'), '--to', at('out'), ...args]);

describe('tessera data hateful-memes', () => {
  it('prints rows, what was left out by split, and what splits share; then verify finds it intact', async () => {
    const { code, out, notes } = await memes();
    expect(code).toBe(0);
    expect(out).toBe(
      [
        `${at('out')}: 2 train, 1 dev, 1 test rows, 2 labels, 3 pictures`,
        '',
        'rows left out    train  dev',
        '───────────────  ─────  ───',
        'broken row           1',
        'missing picture           1',
        'not a picture        1',
        '',
        'dropped.jsonl lists them, each with its place and what was found.',
        '',
      ].join('\n'),
    );
    expect(notes).toContain('train and dev have 1 ids and 1 pictures in common.');
    expect((await runTessera(['data', 'verify', at('out')])).out).toContain('intact');
  });

  it('its rows train a model: inspect accepts a spec over them', async () => {
    writeFileSync(
      at('spec.yaml'),
      `modalities: { image: { encoder: resnet18, width: 2, stem: small, input: { size: 8 } }, text: { encoder: wordpiece } }
fusion: { type: bitransformer, hiddenSize: 8, numLayers: 1, numHeads: 2 }
heads: { label: { type: single-label, metrics: [roc-auc] } }
data: { type: jsonl, train: out/train.jsonl, validation: out/dev.jsonl, test: out/test.jsonl, id: id, fields: { image: img } }
`,
    );
    const { code, out, notes } = await runTessera(['inspect', at('spec.yaml'), '--json']);
    expect(notes).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ heads: { label: { labels: ['not hateful', 'hateful'] } } });
  });

  it('prints the manifest as JSON, and makes it again where told to', async () => {
    const { out } = await memes('--json', '--overwrite');
    const printed = JSON.parse(out) as { manifest: unknown };
    expect(printed.manifest).toEqual(JSON.parse(readFileSync(at('out', 'manifest.json'), 'utf8')));
  });

  it('does not replace what is there unless told', async () => {
    const { code, notes } = await memes();
    expect(code).toBe(2);
    expect(notes).toMatch(/^error: prepared dataset: to must be free, .*--overwrite.*\n$/);
  });
});

describe('tessera data', () => {
  it.each(['mmimdb', 'food101', 'vsnli', 'hateful-memes'])('%s has help with an example', async (name) => {
    const { code, out } = await runTessera(['data', name, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`\\$ tessera data ${name} --from downloads/`));
    expect(out).toContain('$ tessera data verify data/');
  });

  it.each([
    [['mmimdb', '--to', 'x'], /required option '--from <folder>' not specified/],
    [
      ['mmimdb', '--from', '/nowhere', '--to', 'x'],
      /error: mmimdb: from must be a folder that can be read, got from=\/nowhere/,
    ],
    [['food101', '--from', '.', '--to', 'x', '--dev', '0'], /whole number of at least 1/],
    [['vsnli', '--from', '.', '--to', ''], /must not be empty/],
    [['hateful-memes', '--from', '.', '--to', 'x', '--pictures', 'move'], /Allowed choices are link, copy, reference/],
    [['mm-imdb'], /Did you mean mmimdb/],
  ])('refuses %j in one line', async (args, message) => {
    const { code, notes } = await runTessera(['data', ...args]);
    expect(notes).toMatch(message);
    expect(code).toBe(2);
  });
});
