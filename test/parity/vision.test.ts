// torchvision's numbers for ResNets and preprocessing. The deeper ResNets run in `npm run parity`.
import { openBackend } from '@tessera/backends';
import { memory } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { imagePreprocessingChecks } from './kinds/imagePreprocessing.js';
import { resnetChecks } from './kinds/resnet.js';
import type { Check } from './records.js';

const folder = fileURLToPath(new URL('../fixtures', import.meta.url));
const read = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')) as Record<string, unknown>;
const failures = (checks: readonly Check[]): Check[] => checks.filter(({ error, tolerance }) => !(error <= tolerance));

beforeAll(async () => {
  await openBackend({ backend: 'wasm' });
});

describe('ResNets', () => {
  it.each([
    ['resnet18', 20],
    ['resnet50', 19],
  ])('%s has torchvision’s stages, feature map, grids and logits', async (name, count) => {
    const before = memory().numTensors;
    const checks = await resnetChecks(read(name));
    expect(failures(checks)).toEqual([]);
    expect(checks).toHaveLength(count);
    expect(memory().numTensors).toBe(before);
  });

  it('are told by the number of their arrays', async () => {
    await expect(async () => resnetChecks({ ...read('resnet18'), state_entries: 7 })).rejects.toThrow(/7 arrays/);
    await expect(async () => resnetChecks({ ...read('resnet18'), extra: 1 })).rejects.toThrow(/not understood: extra/);
  });
});

describe('image preprocessing', () => {
  it('is torchvision’s on tensors, with and without antialias, and within a grey level of Pillow', async () => {
    const checks = await imagePreprocessingChecks(read('image_preprocessing'), folder);
    expect(failures(checks)).toEqual([]);
    expect(checks).toHaveLength(18);
    const tensors = checks.filter(({ what }) => what.includes('tensor_'));
    expect(Math.max(...tensors.map(({ error }) => error))).toBeLessThan(1e-4);
  });
});
