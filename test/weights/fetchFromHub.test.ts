import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointError } from '@tessera/core';
import { parseHubLocation } from '@tessera/weights';
import { fetchFromHub, openTensors } from '@tessera/weights/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { safetensorsOf } from './safetensorsOf.js';
import { commit, startFakeHub, tagOf, useFakeHub, type FakeHub } from './fakeHub.js';

const model = safetensorsOf({ 'pooler.dense.bias': Float32Array.from({ length: 3000 }, (_, i) => i) });
const place = parseHubLocation('hf:owner/tiny');
let hub: FakeHub;
let cache: string;

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'tessera-hub-'));
  hub = await startFakeHub('owner/tiny', { 'config.json': Buffer.from('{}'), 'model.safetensors': model });
  useFakeHub(hub, cache);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(cache, { recursive: true, force: true });
});

const repository = () => join(cache, 'models--owner--tiny');
const downloads = () => hub.asked.filter((line) => line.includes('/resolve/') && !line.endsWith('bytes=0-0'));

describe('fetchFromHub', () => {
  it("leaves weights where Python's huggingface_hub looks for them", async () => {
    const { path, location } = await fetchFromHub(place);
    expect(location).toBe(`hf:owner/tiny@${commit}`);
    expect(path).toBe(join(repository(), 'snapshots', commit, 'model.safetensors'));
    expect(readFileSync(path)).toEqual(Buffer.from(model));
    expect(readlinkSync(path)).toBe(join('..', '..', 'blobs', tagOf(model)));
    expect(readFileSync(join(repository(), 'refs', 'main'), 'utf8')).toBe(commit);
    const file = openTensors(path);
    expect(file.tensors.get('pooler.dense.bias')?.shape).toEqual([3000]);
    file.close();
  });

  it('downloads once, and asks nothing at all for a commit that is there', async () => {
    const first = await fetchFromHub(place);
    await fetchFromHub(place);
    expect(downloads()).toHaveLength(1);
    const asked = hub.asked.length;
    expect(await fetchFromHub(parseHubLocation(first.location))).toEqual(first);
    expect(hub.asked).toHaveLength(asked);
  });

  it('takes what Python downloaded', async () => {
    const blob = join(repository(), 'blobs', tagOf(model));
    const snapshot = join(repository(), 'snapshots', commit);
    for (const folder of [join(repository(), 'blobs'), snapshot, join(repository(), 'refs')]) {
      mkdirSync(folder, { recursive: true });
    }
    writeFileSync(blob, model);
    writeFileSync(join(snapshot, 'model.safetensors'), model);
    writeFileSync(join(repository(), 'refs', 'main'), commit);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect((await fetchFromHub(place)).location).toBe(`hf:owner/tiny@${commit}`);
    expect(hub.asked).toEqual([]);
  });

  it('goes on where a download was cut, and says how far it is', async () => {
    hub.cuts = [5000, 0, 2000];
    const told: number[] = [];
    const { path } = await fetchFromHub(place, { retryDelay: 1, onProgress: (_file, done) => told.push(done) });
    expect(readFileSync(path)).toEqual(Buffer.from(model));
    expect(
      downloads()
        .slice(1)
        .every((line) => / bytes=\d+-$/.test(line)),
    ).toBe(true);
    expect(told.at(-1)).toBe(model.length);
    expect([...told].sort((a, b) => a - b)).toEqual(told);
  });

  it('goes on from what an earlier process left', async () => {
    hub.cuts = [5000, 0, 0, 0, 0];
    await expect(fetchFromHub(place, { retryDelay: 1 })).rejects.toThrow(
      /hf:owner\/tiny\/model\.safetensors: the download broke off 4 times/,
    );
    hub.cuts = [];
    hub.asked.length = 0;
    await fetchFromHub(place);
    expect(downloads()).toEqual([`/owner/tiny/resolve/${commit}/model.safetensors bytes=5000-`]);
  });

  it('refuses bytes that do not have the checksum, and forgets them', async () => {
    hub.corrupt = true;
    await expect(fetchFromHub(place)).rejects.toThrow(/the download must have the checksum [0-9a-f]{64}, got/);
    expect(existsSync(join(repository(), 'blobs', `${tagOf(model)}.incomplete`))).toBe(false);
    hub.corrupt = false;
    expect(readFileSync((await fetchFromHub(place)).path)).toEqual(Buffer.from(model));
  });

  it('checks small files as Git hashes them', async () => {
    const { path } = await fetchFromHub(parseHubLocation('hf:owner/tiny/config.json'));
    expect(lstatSync(realpathSync(path)).size).toBe(2);
    hub.corrupt = true;
    rmSync(repository(), { recursive: true });
    await expect(fetchFromHub(parseHubLocation('hf:owner/tiny/config.json'))).rejects.toThrow(/checksum [0-9a-f]{40}/);
  });

  it('sends HF_TOKEN, and says what to do without one', async () => {
    hub.token = 'hf_secret';
    await expect(fetchFromHub(place)).rejects.toThrow(
      'hf:owner/tiny@main: there is no such repository, or it is private. Check the name, or set HF_TOKEN.',
    );
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    expect(existsSync((await fetchFromHub(place)).path)).toBe(true);
  });

  it('keeps to the cache when HF_HUB_OFFLINE is set', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    await expect(fetchFromHub(place)).rejects.toThrow(/hf:owner\/tiny@main: must be in the cache .*HF_HUB_OFFLINE/);
    expect(hub.asked).toEqual([]);
  });

  it('takes the cached commit with a warning when the hub is out of reach', async () => {
    const first = await fetchFromHub(place);
    await hub.close();
    const warn = vi.fn();
    expect(await fetchFromHub(place, { warn })).toEqual(first);
    expect(warn).toHaveBeenCalledWith(
      `hf:owner/tiny@main: the hub cannot be reached; the cached commit ${commit} is taken.`,
    );
    await expect(fetchFromHub(parseHubLocation('hf:owner/other'))).rejects.toThrow(/the hub cannot be asked/);
  });

  it('says which files a repository has when it lacks the one asked for', async () => {
    await expect(fetchFromHub(parseHubLocation('hf:owner/tiny/other.bin'))).rejects.toThrow(
      /no such file\. It has config\.json, model\.safetensors\./,
    );
  });

  it('brings every file of an index, and none from outside the repository', async () => {
    await hub.close();
    const index = (file: string) => Buffer.from(JSON.stringify({ weight_map: { 'pooler.dense.bias': file } }));
    hub = await startFakeHub('owner/tiny', {
      'model.safetensors.index.json': index('a.safetensors'),
      'a.safetensors': model,
    });
    vi.stubEnv('HF_ENDPOINT', hub.endpoint);
    const file = openTensors((await fetchFromHub(place)).path);
    expect(file.read('pooler.dense.bias')?.values[7]).toBe(7);
    file.close();
    await hub.close();
    rmSync(repository(), { recursive: true });
    hub = await startFakeHub('owner/tiny', { 'model.safetensors.index.json': index('../../../../evil') });
    vi.stubEnv('HF_ENDPOINT', hub.endpoint);
    await expect(fetchFromHub(place)).rejects.toThrow(/a name from the hub must stay in the cache/);
    await hub.close();
    rmSync(repository(), { recursive: true });
    hub = await startFakeHub('owner/tiny', { 'model.safetensors.index.json': Buffer.from('{"weight_map": ') });
    vi.stubEnv('HF_ENDPOINT', hub.endpoint);
    await expect(fetchFromHub(place)).rejects.toThrow(/an index must be JSON with weight_map/);
  });

  it('downloads once when two ask at the same time', async () => {
    const [a, b] = await Promise.all([fetchFromHub(place), fetchFromHub(place)]);
    expect(a).toEqual(b);
    expect(downloads()).toHaveLength(1);
  });
});

describe('parseHubLocation', () => {
  it.each([
    ['hf:owner/name', { repository: 'owner/name', revision: 'main' }],
    ['hf:owner/name@v1', { repository: 'owner/name', revision: 'v1' }],
    [
      'hf:owner/name/sub/model.bin@refs/pr/1',
      { repository: 'owner/name', revision: 'refs/pr/1', file: 'sub/model.bin' },
    ],
  ])('reads %s', (text, expected) => expect(parseHubLocation(text)).toEqual(expected));

  it.each(['hf:', 'hf:../x', 'hf:owner/name/../../x', 'hf:owner/name@../x'])('refuses %s', (text) =>
    expect(() => parseHubLocation(text)).toThrow(CheckpointError),
  );
});
