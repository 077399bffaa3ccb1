// `compare --jobs` with real processes, started from the sources.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTessera } from './runTessera.js';
import { writeTinyFiles } from './tinyFiles.js';

const entry = fileURLToPath(new URL('launcher/tessera.mjs', import.meta.url));
let folder: string;
beforeAll(() => writeTinyFiles((folder = mkdtempSync(join(tmpdir(), 'tessera-jobs-')))));
afterAll(() => rmSync(folder, { recursive: true }));

it('trainings in processes of their own are shown together and give what they give in one process, bit by bit', async () => {
  const compare = (to: string, jobs: string) =>
    runTessera(['compare', join(folder, 'tiny.json'), '--seeds', '2', '--jobs', jobs, '--to', join(folder, to)], {
      entry,
    });
  const [together, alone] = [await compare('together', '2'), await compare('alone', '1')];
  expect(together.code, together.notes).toBe(0);
  expect(together.notes).toContain('2 trainings at a time (--jobs)');
  for (const seed of [1, 2]) expect(together.notes).toMatch(new RegExp(`tiny seed ${seed} {2}epoch 2/2 {2}loss`));
  expect(alone.notes).not.toContain('at a time');
  const parameters = (to: string, seed: number): Buffer =>
    readFileSync(join(folder, to, 'tiny', `seed-${seed}`, 'checkpoints/epoch-0002/model.safetensors'));
  for (const seed of [1, 2]) expect(parameters('together', seed).equals(parameters('alone', seed))).toBe(true);
  expect(parameters('alone', 1).equals(parameters('alone', 2))).toBe(false);
});
