import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { huggingFaceBert, writeThroughLayout } from '@tessera/weights';
import { writeSafetensors } from '@tessera/weights/node';
import { createWorkbench } from 'tessera';
import { afterEach, expect, it, vi } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';
import { commit, startFakeHub, useFakeHub } from './fakeHub.js';

const folder = mkdtempSync(join(tmpdir(), 'tessera-initialize-'));

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it('starts a model from the hub, tells how far the download is and writes the commit into the spec', async () => {
  const info = vi.fn();
  const progress = vi.fn();
  const workbench = await createWorkbench({ backend: 'cpu', logger: { info, warn: () => undefined, progress } });
  const training = tinyDataset().splits['train'];
  const options = training ? { training } : {};
  const source = await workbench.build({ ...tinySpec(), training: { seed: 7 } }, options);
  const { tensors } = writeThroughLayout(
    huggingFaceBert('fusion'),
    source.parameters.list().map(({ path, shape, value }) => ({
      name: path,
      shape,
      values: async () => (await value.data()) as Float32Array,
    })),
  );
  const file = join(folder, 'model.safetensors');
  await writeSafetensors(file, tensors);
  const bytes = readFileSync(file);
  const hub = await startFakeHub('owner/tiny', { 'model.safetensors': bytes });
  useFakeHub(hub, join(folder, 'cache'));
  try {
    const model = await workbench.build({ ...tinySpec(), initialize: { fusion: 'hf:owner/tiny' } }, options);
    const path = 'fusion.layers.0.attention.query.weight';
    const values = (from: typeof model) => from.parameters.find(path)?.value.data();
    expect(await values(model)).toEqual(await values(source as unknown as typeof model));
    expect(model.spec.initialize['fusion']?.from).toBe(`hf:owner/tiny@${commit}`);
    expect(progress).toHaveBeenLastCalledWith('model.safetensors', bytes.length, bytes.length);
    expect(info).toHaveBeenCalledWith(
      expect.stringMatching(/parameters from hf:owner\/tiny@c0ffee.*Hugging Face BERT/),
    );
  } finally {
    await hub.close();
    workbench.dispose();
  }
});
