// PyTorch's numbers, forward and backward, on WebGPU. The larger models: `npm run parity -- --backend webgpu`.
import { openBackend } from '@tessera/backends';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkFixture } from '../parity/checkFixture.js';

const folder = join(import.meta.dirname, '../fixtures');

beforeAll(async () => {
  process.env['TESSERA_WEBGPU_SOFTWARE'] = '1';
  await openBackend({ backend: 'webgpu' });
});

const names = [
  'adaptive_pool',
  'bert_tiny',
  'losses',
  'mmbt_hf_tiny',
  'mmbt_original_tiny',
  'mmbt_original_training',
  'optimizers',
];

describe('parity with PyTorch on WebGPU', { timeout: 300_000 }, () => {
  it.each(names)('%s is within tolerance in every number', async (name) => {
    const fixture = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Record<string, unknown>;
    const checks = await checkFixture(fixture, folder);
    expect(checks.length).toBeGreaterThan(5);
    for (const { what, error, tolerance } of checks) expect(error, what).toBeLessThanOrEqual(tolerance);
  });
});
