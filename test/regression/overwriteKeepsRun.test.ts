import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, type Dataset, type Sample } from '@tessera/core';
import { createWorkbench } from 'tessera';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-overwrite-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The tiny data, whose last validation sample has a label that training never saw. */
function faultyDataset(): Dataset {
  const data = tinyDataset();
  const { validation } = data.splits;
  if (!validation) throw new Error('the tiny data have a validation split');
  const sample = (i: number): Sample =>
    i < validation.length - 1 ? validation.sample(i) : { ...validation.sample(i), targets: { kind: 'animal' } };
  return { ...data, splits: { ...data.splits, validation: { ...validation, sample } } };
}

it('keeps the run that is there when overwriting it fails on the data', async () => {
  const workbench = await createWorkbench({ backend: 'cpu' });
  const to = join(folder, 'run');
  const spec = tinySpec({ epochs: 1 }) as never;
  await workbench.train(spec, { to, dataset: tinyDataset() });
  const before = readFileSync(join(to, 'run.json'), 'utf8');
  const again = workbench.train(spec, { to, dataset: faultyDataset(), overwrite: true });
  await expect(again).rejects.toThrow(DataError);
  expect(readFileSync(join(to, 'run.json'), 'utf8')).toBe(before);
  (await workbench.load(to)).dispose();
  workbench.dispose();
});
