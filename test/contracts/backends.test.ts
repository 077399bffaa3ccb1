// Every backend that opens anywhere keeps to the contract of backends. test/native and test/webgpu try the others.
import { openBackend, type BackendName } from '@tessera/backends';
import { describeBackend } from '@tessera/testing';
import { describe, it } from 'vitest';

const everywhere: readonly BackendName[] = ['wasm', 'cpu'];
for (const backend of everywhere) describeBackend({ describe, it }, backend, { open: () => openBackend({ backend }) });
