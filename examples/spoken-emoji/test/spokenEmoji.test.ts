// The example's specs train as they stand, on four tiny rows; its builder says what is missing.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadSpecFile } from '@tessera/cli';
import { createWorkbench } from 'tessera';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../test/runTessera.js';

const example = resolve(import.meta.dirname, '..');
const subsets = {
  picture: ['image'],
  word: ['text'],
  speech: ['speech'],
  'picture-word': ['image', 'text'],
  'picture-speech': ['image', 'speech'],
  'word-speech': ['text', 'speech'],
  all: ['image', 'text', 'speech'],
};

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-spoken-'));
  cpSync(join(example, 'specs'), at('specs'), { recursive: true });
  mkdirSync(at('data'));
  const picture = { create: { width: 32, height: 32, channels: 3 as const, background: '#385' } };
  await sharp(picture).png().toFile(at('data', 'a.png'));
  cpSync(resolve(example, '../../test/fixtures/sounds/chirp.wav'), at('data', 'a.wav'));
  const rows = ['flag', 'face', 'hat', 'fox'].map((text, i) => {
    const [image, speech] = ['a.png', 'a.wav'];
    const alternatives = { image_alt: image, speech_alt1: speech, speech_alt2: speech };
    return JSON.stringify({ id: `${i}#0`, text, image, speech, ...alternatives, label: ['objects', 'animals'][i % 2] });
  });
  for (const split of ['train', 'dev', 'test']) writeFileSync(at('data', `${split}.jsonl`), `${rows.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the specs', () => {
  it.each(Object.entries(subsets))('%s has the modalities %j', async (name, modalities) => {
    const { spec } = await loadSpecFile(at('specs', `${name}.yaml`));
    const workbench = await createWorkbench({ backend: 'cpu' });
    expect(Object.keys(workbench.resolve(spec as Parameters<typeof workbench.resolve>[0]).modalities)).toEqual(
      modalities,
    );
  });

  it('train one after the other, the model of all three on the towers of two others', async () => {
    const specs = ['picture', 'speech', 'all'].map((name) => at('specs', `${name}.yaml`));
    const short = ['--set', 'training.epochs=1', '--backend', 'wasm', '--jobs', '1'];
    const { code, out, notes } = await runTessera(['compare', ...specs, '--to', at('runs'), ...short]);
    expect(code, notes).toBe(0);
    expect(out).toMatch(/^all /m);
    expect(notes).toMatch(/initialize\.modalities\.speech\.encoder: \d+ of \d+ parameters/);
    expect(notes).toMatch(/initialize\.modalities\.image\.encoder: \d+ of \d+ parameters/);
  });
});

describe('speak.mjs', () => {
  it('says how to get espeak-ng where it is missing', () => {
    const options = { env: { ...process.env, ESPEAK: 'no-such-espeak' }, encoding: 'utf8' as const };
    const { status, stderr } = spawnSync(process.execPath, [join(example, 'speak.mjs')], options);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^speak: espeak-ng must be installed .* got no-such-espeak: no such program\. Install it/);
    expect(stderr).not.toContain('    at ');
  });
});
