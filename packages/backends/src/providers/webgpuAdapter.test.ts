import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
    expect(detail).toMatch(/only a software adapter is there \(Some emulator\); TESSERA_WEBGPU_SOFTWARE=1 accepts/);
  });

  it('takes a software adapter where it is asked for, and names it as one', async () => {
    withAdapter(adapterNamed('Some emulator', true));
    vi.stubEnv('TESSERA_WEBGPU_SOFTWARE', '1');
    expect(await webgpuProvider.inspect()).toEqual({ available: true, detail: 'Some emulator, a software adapter' });
  });

  it('says that no adapter answers', async () => {
    withAdapter(null);
    expect(await findAdapter()).toEqual({ missing: 'WebGPU finds no adapter: no graphics driver answers' });
  });
});
