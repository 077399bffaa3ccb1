import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBackend } from '../index.js';
import { findAdapter, type Adapter } from './webgpuAdapter.js';
import { webgpuProvider } from './webgpuProvider.js';

const adapterNamed = (description: string, isFallbackAdapter: boolean) =>
  ({ info: { vendor: '', architecture: '', device: '', description, isFallbackAdapter } }) as Adapter;

/** Puts a `navigator.gpu` in place that answers with the adapter. */
const withAdapter = (adapter: Adapter | null) =>
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve(adapter) } });

describe('findAdapter', () => {
  beforeEach(() => vi.stubEnv('TESSERA_WEBGPU_SOFTWARE', ''));
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.unstubAllEnvs();
  });

  it('takes a graphics card', async () => {
    const card = adapterNamed('Some card', false);
    withAdapter(card);
    expect(await findAdapter()).toMatchObject({ adapter: card, software: false });
    expect(await webgpuProvider.inspect()).toEqual({ available: true, detail: 'Some card' });
  });

  it('refuses a software adapter and says how to have it', async () => {
    withAdapter(adapterNamed('Some emulator', true));
    const { available, detail } = await webgpuProvider.inspect();
    expect(available).toBe(false);
    expect(detail).toMatch(
      /only a software adapter is there \(Some emulator\); TESSERA_WEBGPU_SOFTWARE=1 takes a software one/,
    );
  });

  it('takes a software adapter where it is asked for, and names it as one', async () => {
    withAdapter(adapterNamed('Some emulator', true));
    vi.stubEnv('TESSERA_WEBGPU_SOFTWARE', '1');
    const report = { available: true, onlyByName: true, detail: 'Some emulator, a software adapter' };
    expect(await webgpuProvider.inspect()).toEqual(report);
  });

  it('leaves a software adapter to those who name the backend', async () => {
    withAdapter(adapterNamed('Some emulator', true));
    vi.stubEnv('TESSERA_WEBGPU_SOFTWARE', '1');
    vi.stubEnv('TESSERA_BACKEND', '');
    const { name, tried } = await openBackend();
    expect(name).not.toBe('webgpu');
    expect(tried.at(-1)?.name).toBe(name);
  });

  it('says that no adapter answers', async () => {
    withAdapter(null);
    expect(await findAdapter()).toEqual({ missing: 'WebGPU finds no adapter: no graphics driver answers' });
  });
});
