// Every backend keeps to the contract of backends.
import { openBackend, type BackendName } from '@tessera/backends';
import { describeBackend } from '@tessera/testing';
import { describe, it } from 'vitest';

/** Where each backend is tried: a new one has no place yet, which is an error of types. */
const places: Readonly<Record<BackendName, 'here' | 'test/native' | 'test/webgpu'>> = {
  'native-gpu': 'test/native',
  webgpu: 'test/webgpu',
  native: 'test/native',
  wasm: 'here',
  cpu: 'here',
};

for (const [name, place] of Object.entries(places) as [BackendName, string][]) {
  if (place === 'here') describeBackend({ describe, it }, name, { open: () => openBackend({ backend: name }) });
}
