import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile } from '@tessera/weights/node';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runTessera } from '../runTessera.js';
import { commit, startFakeHub, useFakeHub, type FakeHub } from './fakeHub.js';
import { safetensorsOf } from './safetensorsOf.js';

let folder: string;
let hub: FakeHub;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-command-'));
  const model = safetensorsOf({
    'pooler.dense.bias': Float32Array.of(1, 2),
    'layer1.0.conv1.weight': Float32Array.of(3),
  });
  hub = await startFakeHub('owner/tiny', { 'model.safetensors': model });
  useFakeHub(hub, folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(folder, { recursive: true });
});

it('tessera weights takes a place on the hub, and the cache when offline', async () => {
  const { out, notes } = await runTessera(['weights', 'inspect', 'hf:owner/tiny', '--all']);
  expect(out).toMatch(/^pooler\.dense\.bias +\[2\] +2 +F32$/m);
  expect(notes).toMatch(/model\.safetensors/);
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  const asked = hub.asked.length;
  const to = join(folder, 'copy.safetensors');
  const { code } = await runTessera(['weights', 'convert', `hf:owner/tiny@${commit}`, '--to', to]);
  expect(code).toBe(0);
  expect(hub.asked).toHaveLength(asked);
  const copy = new SafetensorsFile(to);
  expect(copy.read('pooler.dense.bias')?.values).toEqual(Float32Array.of(1, 2));
  copy.close();
});

it('tessera weights says in one message that the hub has no such repository', async () => {
  const { code, notes } = await runTessera(['weights', 'inspect', 'hf:owner/none']);
  expect(code).toBe(2);
  expect(notes).toMatch(/^error: hf:owner\/none@main: /m);
});
