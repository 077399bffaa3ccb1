import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addInstall } from '../../test/native/addInstall.js';
import { openBackend } from '../index.js';
import { currentSourceHash, type NativeVariant } from '../native/nativeInstalls.js';
import { nativeCpuProvider, nativeGpuProvider } from './nativeProvider.js';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'tessera-cache-'));
  vi.stubEnv('TESSERA_CACHE', cache);
  vi.stubEnv('TESSERA_NATIVE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

/** Adds an installation, for these sources unless others are named. */
const add = async (variant: NativeVariant, sourceHash?: string): Promise<string> =>
  addInstall(join(cache, 'native'), { variant, sourceHash: sourceHash ?? (await currentSourceHash()) });

describe('the native backend', () => {
  it('says how to install it where it is not', async () => {
    expect(await nativeCpuProvider.inspect()).toEqual({
      available: false,
      detail: 'not installed; tessera backend install',
    });
    expect((await nativeGpuProvider.inspect()).detail).toBe('not installed; tessera backend install --gpu');
  });

  it('is there once it is installed for these sources', async () => {
    await add('cpu');
    expect(await nativeCpuProvider.inspect()).toEqual({ available: true, detail: 'TensorFlow 2.21.0' });
  });

  it('is built anew for other sources', async () => {
    await add('cpu', '0123456789ab');
    expect((await nativeCpuProvider.inspect()).detail).toMatch(
      /another version of Tessera only; tessera backend install/,
    );
  });

  it('says that TESSERA_NATIVE names no installation', async () => {
    vi.stubEnv('TESSERA_NATIVE', cache);
    expect((await nativeCpuProvider.inspect()).detail).toBe(
      `TESSERA_NATIVE="${cache}" is no installation (install.json is missing); unset it, or name a folder from tessera backend list`,
    );
  });

  it('takes the folder that TESSERA_NATIVE names', async () => {
    vi.stubEnv('TESSERA_NATIVE', await add('cpu', '0123456789ab'));
    expect((await nativeCpuProvider.inspect()).available).toBe(true);
  });
});

describe('a GPU build', () => {
  beforeEach(() => vi.stubEnv('CUDA_VISIBLE_DEVICES', '-1'));

  it('that would compute on the CPU is not there, and says why', async () => {
    await add('gpu');
    const { available, detail } = await nativeGpuProvider.inspect();
    expect(available).toBe(false);
    expect(detail).toMatch(
      /^TensorFlow 2\.21\.0, CUDA build, would compute on the CPU: CUDA_VISIBLE_DEVICES="-1" hides all GPUs; unset it$/,
    );
  });

  it('is refused when asked for by name, before it is loaded', async () => {
    await add('gpu');
    await expect(openBackend({ backend: 'native-gpu' })).rejects.toThrow(
      /"native-gpu" \(asked for\) must be available, got: .*would compute on the CPU: CUDA_VISIBLE_DEVICES/,
    );
  });
});
