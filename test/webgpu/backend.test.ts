// The contract of backends on WebGPU, on a software adapter too.
import { openBackend } from '@tessera/backends';
import { describeBackend } from '@tessera/testing';
import { beforeAll, describe, it } from 'vitest';

beforeAll(() => {
  process.env['TESSERA_WEBGPU_SOFTWARE'] = '1';
});

describeBackend({ describe, it }, 'webgpu', { open: () => openBackend({ backend: 'webgpu' }) });
