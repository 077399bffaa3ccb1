// A model of videos learns what only the order of frames tells, and nothing where time is pooled away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkbench, type TesseraWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { movingSquares, movingSquaresSpec } from './movingSquares.js';

let folder: string;
let workbench: TesseraWorkbench;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-video-'));
  workbench = (await createWorkbench({ backend: 'wasm' })) as unknown as TesseraWorkbench;
});
afterAll(() => {
  workbench.dispose();
  rmSync(folder, { recursive: true });
});

async function heldOutAfterTraining(spec: object) {
  const to = join(folder, crypto.randomUUID());
  const { record } = await workbench.train(spec as never, { to, dataset: await movingSquares(), check: false });
  return record.history.map(({ validation }) => validation?.['direction.accuracy'] ?? NaN);
}

describe('training on videos', () => {
  it('tells apart held-out clips that are each other backwards', async () => {
    const accuracies = await heldOutAfterTraining(movingSquaresSpec());
    expect(accuracies.at(-1)).toBeGreaterThan(0.9);
  });

  it('stays at chance where all frames are pooled to one step', async () => {
    const accuracies = await heldOutAfterTraining(movingSquaresSpec({ epochs: 4 }, 1));
    expect(accuracies).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
});
