import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openBackend } from '@tessera/backends';
import { hashes } from './step.js';

it('three threads of wasm give the bits of one, print nothing and let the process end', async () => {
  const child = fileURLToPath(new URL('child.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [child], { encoding: 'utf8', timeout: 50_000 });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  await openBackend({ backend: 'wasm', threads: 1 });
  expect(JSON.parse(stdout)).toEqual({ reason: 'WebAssembly, 3 threads, own kernels (asked for)', hashes: hashes() });
  await expect(openBackend({ backend: 'wasm', threads: 2 })).rejects.toThrow(
    'threads cannot change once wasm is open, got threads=2 after 1.',
  );
});
