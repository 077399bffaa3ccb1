import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBackend } from '@tessera/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkFixture } from './checkFixture.js';

const folder = join(import.meta.dirname, '../fixtures');
const read = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Record<string, unknown>;

beforeAll(async () => {
  await openBackend({ backend: 'wasm' });
});

/** The larger ResNets and everything else again: `npm run parity`. */
const quick = [
  'adaptive_pool',
  'audio_logmel',
  'bert_tiny',
  'bottleneck_tiny',
  'gated_tiny',
  'image_preprocessing',
  'losses',
  'metrics',
  'mmbt_hf_tiny',
  'mmbt_original_tiny',
  'mmbt_original_training',
  'optimizers',
  'schedules',
  'resnet18',
  'video_pool',
  'whisper_encoder_tiny',
];

describe('parity with PyTorch', () => {
  it.each(quick)('%s is within tolerance in every number', async (name) => {
    const checks = await checkFixture(read(name), folder);
    expect(checks.length).toBeGreaterThan(5);
    for (const { what, error, tolerance } of checks) expect(error, what).toBeLessThanOrEqual(tolerance);
  });

  it('notices one changed number', async () => {
    const losses = read('losses');
    const set = (losses['sets'] as Record<string, Record<string, { value: number }>>)['moderate'];
    const entry = set?.['cross_entropy_mean'];
    if (entry) entry.value *= 1.001;
    const checks = await checkFixture(losses, folder);
    expect(checks.some(({ error, tolerance }) => error > tolerance)).toBe(true);
  });

  it('refuses an unknown kind and a field that nobody reads', async () => {
    for (const kind of ['resnext', 'constructor', '__proto__'])
      await expect(checkFixture({ kind }, folder)).rejects.toThrow(`unknown kind "${kind}"`);
    await expect(checkFixture({ ...read('schedules'), triangle: { lr: [1, 2] } }, folder)).rejects.toThrow(
      /not understood: .*triangle/,
    );
  });

  it('says of a file without cases that there is nothing to compare', async () => {
    const fixture = { ...read('adaptive_pool'), cases: [] };
    await expect(checkFixture(fixture, folder)).rejects.toThrow('nothing to compare');
  });
});
