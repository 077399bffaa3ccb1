import { backend, square, tensor1d, type KernelBackend, type TensorInfo } from '@tensorflow/tfjs-core';
import { BackendError } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBackend } from '../../openBackend.js';

describe('memory of the wasm backend', () => {
  beforeAll(async () => {
    await openBackend({ backend: 'wasm' });
  });
  const allocate = (floats: number): TensorInfo =>
    (backend() as KernelBackend & { makeOutput(shape: number[], dtype: string): TensorInfo }).makeOutput(
      [floats],
      'float32',
    );

  it('says what to do when a tensor does not fit', () => {
    const held = allocate(600_000_000);
    const again = (): unknown => allocate(600_000_000);
    expect(again).toThrow(BackendError);
    expect(again).toThrow(
      /must fit into WebAssembly's 4,096 MiB, got a request for 2,289 MiB with 2,\d+ MiB taken. Lower training.batchSize/,
    );
    backend().disposeData(held.dataId);
  });

  it('does not take a request beyond 32 bits for a small one', () => {
    expect(() => allocate(1_100_000_000)).toThrow(/got a request for 4,197 MiB/);
  });

  it('goes on working afterwards', async () => {
    expect(await square(tensor1d([1, 2])).data()).toEqual(new Float32Array([1, 4]));
  });
});
