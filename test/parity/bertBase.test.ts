// BERT in its full size, on the default backend: 110 million parameters from the formula.
import { openBackend } from '@tessera/backends';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { bertChecks, type BertFixture } from './kinds/bert.js';

beforeAll(async () => {
  await openBackend({ backend: 'wasm' });
});

it('BERT-base gives PyTorch’s states after every layer', async () => {
  const file = new URL('../fixtures/bert_base.json', import.meta.url);
  const checks = await bertChecks(JSON.parse(readFileSync(file, 'utf8')) as BertFixture);
  expect(checks).toHaveLength(16);
  expect(checks.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
}, 180_000);
