import { openBackend } from '@tessera/backends';
import type { FunctionRunner } from '@tessera/core';

/** Opens native TensorFlow; its runner captures functions. Each refusal is noted in `refusals`. */
export async function openNative(refusals: string[] = []): Promise<FunctionRunner> {
  const { runner } = await openBackend({
    backend: 'native',
    onRefusal: (name, error) => refusals.push(`${name}: ${error.message}`),
  });
  if (!runner) throw new Error('openNative: the backend gave no runner.');
  return runner;
}
