// Numbers of PyTorch for BERT and both MMBT layouts, through the public classes.
import { openBackend } from '@tessera/backends';
import { memory } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { bertChecks } from './kinds/bert.js';
import { mmbtHuggingFaceChecks } from './kinds/mmbtHuggingFace.js';
import { mmbtOriginalChecks } from './kinds/mmbtOriginal.js';
import type { Check } from './records.js';

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as T;

async function expectPassed(run: () => Promise<Check[]>, atLeast: number): Promise<void> {
  const before = memory().numTensors;
  const checks = await run();
  expect(checks.length).toBeGreaterThanOrEqual(atLeast);
  expect(checks.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
  expect(memory().numTensors).toBe(before);
}

describe.each(['cpu', 'wasm'] as const)('on %s, transformers give PyTorch’s numbers', (backend) => {
  beforeAll(async () => {
    await openBackend({ backend });
  });

  it('BERT, tiny, with all gradients', async () => {
    await expectPassed(() => bertChecks(read('bert_tiny')), 80);
  });

  it('MMBT as facebookresearch/mmbt lays it out, with the gradients of both losses', async () => {
    await expectPassed(() => mmbtOriginalChecks(read('mmbt_original_tiny')), 90);
  });

  it('MMBT as Hugging Face lays it out, with and without start and end tokens', async () => {
    await expectPassed(() => mmbtHuggingFaceChecks(read('mmbt_hf_tiny')), 90);
  });
});
