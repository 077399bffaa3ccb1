import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eagerRunner } from '@tessera/core';
import { inspectBackends, openBackend } from './index.js';
import { cpuProvider } from './providers/cpuProvider.js';

const sumOfProduct = () =>
  tf.tidy(
    () =>
      tf
        .grad((x: tf.Tensor) => tf.sum(tf.matMul(x as tf.Tensor2D, tf.ones([2, 2]))))(tf.ones([2, 2]))
        .dataSync()[0],
  );

describe('openBackend', () => {
  const printed = vi.spyOn(console, 'warn').mockImplementation(() => undefined);

  beforeEach(() => vi.stubEnv('TESSERA_BACKEND', ''));
  afterEach(() => {
    vi.unstubAllEnvs();
    expect(printed).not.toHaveBeenCalled();
  });

  it.each(['cpu', 'wasm'] as const)('opens %s, which computes gradients and prints nothing', async (backend) => {
    const opened = await openBackend({ backend });
    expect(opened.name).toBe(backend);
    expect(opened.reason).toContain('asked for');
    expect(tf.getBackend()).toBe(backend);
    expect(sumOfProduct()).toBe(2);
  });

  it('tries the others first when nobody chooses, and says what it found', async () => {
    const opened = await openBackend();
    expect(opened.tried.map(({ name }) => name).at(-1)).toBe(opened.name);
    expect(opened.tried[0]?.name).toBe('native-gpu');
    for (const { detail } of opened.tried) expect(detail).toMatch(/\w/);
  });

  it('lets TESSERA_BACKEND choose, and an argument over it', async () => {
    vi.stubEnv('TESSERA_BACKEND', 'cpu');
    expect(await openBackend()).toMatchObject({
      name: 'cpu',
      reason: expect.stringContaining('TESSERA_BACKEND') as string,
    });
    expect((await openBackend({ backend: 'wasm' })).name).toBe('wasm');
  });

  it('hands over what captures functions on the backend, and says so', async () => {
    const runner = { ...eagerRunner, description: 'captured graphs' };
    const make = vi.fn(() => runner);
    const onRefusal = (): void => undefined;
    cpuProvider.runner = make;
    try {
      const opened = await openBackend({ backend: 'cpu', onRefusal });
      expect(opened.runner).toBe(runner);
      expect(opened.reason).toBe('plain JavaScript, captured graphs (asked for)');
      expect(make).toHaveBeenCalledWith(expect.objectContaining({ onRefusal }));
    } finally {
      delete cpuProvider.runner;
    }
    expect(await openBackend({ backend: 'cpu' })).not.toHaveProperty('runner');
  });

  it('refuses an unknown name with the list of known ones', async () => {
    vi.stubEnv('TESSERA_BACKEND', 'tpu');
    await expect(openBackend()).rejects.toThrow(
      /one of auto, native-gpu, webgpu, native, wasm, cpu, got backend="tpu" \(TESSERA_BACKEND\)/,
    );
  });

  it('refuses a backend that is not installed and says what is', async () => {
    const missing = (await inspectBackends()).find(({ available }) => !available);
    if (!missing) return;
    await expect(openBackend({ backend: missing.name })).rejects.toThrow(
      /must be available.*Available here: .*wasm, cpu/,
    );
  });
});
