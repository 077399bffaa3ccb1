// Videos in captured steps: the same losses as operation by operation, and nothing is refused.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkbench, type TesseraWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { movingSquares, movingSquaresSpec } from '../movingSquares.js';

const warnings: string[] = [];
let folder: string;
let workbench: TesseraWorkbench;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-native-video-'));
  const logger = { info: () => undefined, warn: (message: string) => warnings.push(message) };
  workbench = (await createWorkbench({ backend: 'native', logger })) as unknown as TesseraWorkbench;
});
afterAll(() => {
  workbench.dispose();
  rmSync(folder, { recursive: true });
});

async function losses(training: object): Promise<number[]> {
  const to = join(folder, crypto.randomUUID());
  const spec = movingSquaresSpec({ epochs: 3, ...training });
  const { record } = await workbench.train(spec as never, { to, dataset: await movingSquares(), check: false });
  return record.history.flatMap(({ trainLoss, validation }) => [trainLoss, validation?.loss ?? NaN]);
}

describe('training on videos', () => {
  it.each([
    ['all of it', {}],
    ['the image encoder held for an epoch', { freeze: { clip: 1 } }],
  ])('has the same losses in captured steps as operation by operation: %s', async (_, training) => {
    const captured = await losses(training);
    const eager = await losses({ ...training, compile: 'off' });
    expect(captured).toHaveLength(6);
    captured.forEach((loss, i) => expect(loss).toBeCloseTo(eager[i] ?? NaN, 4));
    expect(warnings).toEqual([]);
  });
});
