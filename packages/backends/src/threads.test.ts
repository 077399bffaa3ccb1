import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBackend } from './openBackend.js';
import { physicalCores, threadsAsked } from './threads.js';

describe('threads', () => {
  beforeEach(() => {
    for (const name of ['TESSERA_THREADS', 'TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS']) vi.stubEnv(name, '');
    vi.resetModules();
  });
  afterEach(() => vi.unstubAllEnvs());

  /** TensorFlow is loaded once in a process; each test has a fresh memory of it. */
  const setTensorflowThreads = async (asked?: number): Promise<number> =>
    (await import('./threads.js')).setTensorflowThreads(asked);

  it('are those of the option, else of TESSERA_THREADS', () => {
    expect(threadsAsked(undefined)).toBe(undefined);
    vi.stubEnv('TESSERA_THREADS', '3');
    expect(threadsAsked(undefined)).toBe(3);
    expect(threadsAsked(2)).toBe(2);
  });

  it('must be a whole number', async () => {
    const rule = 'openBackend: threads must be a whole number of at least 1, got';
    await expect(openBackend({ backend: 'cpu', threads: 0 })).rejects.toThrow(`${rule} threads=0.`);
    vi.stubEnv('TESSERA_THREADS', 'all');
    await expect(openBackend({ backend: 'cpu' })).rejects.toThrow(`${rule} TESSERA_THREADS="all".`);
  });

  it('are all physical cores where nobody says otherwise', async () => {
    expect(physicalCores()).toBeGreaterThanOrEqual(1);
    expect(physicalCores()).toBeLessThanOrEqual(availableParallelism());
    expect(await setTensorflowThreads()).toBe(physicalCores());
    expect(process.env['TF_NUM_INTRAOP_THREADS']).toBe(String(physicalCores()));
  });

  it("go into TensorFlow's variables, which stay as the user set them unless a number is asked for", async () => {
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', '5');
    expect(await setTensorflowThreads()).toBe(5);
    expect(process.env).toMatchObject({ TF_NUM_INTRAOP_THREADS: '5', TF_NUM_INTEROP_THREADS: '5' });
    vi.resetModules();
    expect(await setTensorflowThreads(7)).toBe(7);
    expect(process.env).toMatchObject({ TF_NUM_INTRAOP_THREADS: '7', TF_NUM_INTEROP_THREADS: '7' });
  });

  it('cannot change once TensorFlow is loaded', async () => {
    const { setTensorflowThreads: set } = await import('./threads.js');
    set(2);
    expect(set(undefined)).toBe(2);
    expect(() => set(3)).toThrow('threads cannot change once TensorFlow is loaded, got threads=3 after 2.');
  });
});
