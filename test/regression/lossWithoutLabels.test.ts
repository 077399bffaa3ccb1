import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '@tessera/core';
import { createWorkbench } from 'tessera';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-loss-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The tiny data with a second label, which only training has. */
function partlyLabelled(): Dataset {
  const data = tinyDataset();
  const { train } = data.splits;
  if (!train) throw new Error('the tiny data have a training split');
  const sample: typeof train.sample = (i) => {
    const row = train.sample(i);
    return { ...row, targets: { ...row.targets, size: i } };
  };
  return { ...data, splits: { ...data.splits, train: { ...train, sample } } };
}

it('selects by the loss of the heads that have validation labels', async () => {
  const workbench = await createWorkbench({ backend: 'cpu' });
  const tiny = tinySpec({ epochs: 2, metric: 'loss' });
  const spec = { ...tiny, heads: { ...tiny.heads, size: { type: 'regression' } } };
  const { record } = await workbench.train(spec as never, { to: join(folder, 'run'), dataset: partlyLabelled() });
  expect(record.history.map(({ validation }) => validation?.['loss'])).toEqual([
    expect.any(Number),
    expect.any(Number),
  ]);
  expect(record.history[0]?.validation?.['size.mean-squared-error']).toBeNull();
  expect(record.best?.value).toBeGreaterThan(0);
  workbench.dispose();
});
