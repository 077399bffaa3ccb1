// Every fusion, and pairs, train on captured graphs as they do operation by operation.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkbench, type TesseraWorkbench } from 'tessera';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pictureTask } from '../capture/trainingGround.js';

const warnings: string[] = [];
let folder: string;
let workbench: TesseraWorkbench;
let runs = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-fusions-'));
  const logger = { info: () => undefined, warn: (message: string) => warnings.push(message) };
  workbench = (await createWorkbench({ backend: 'native', logger })) as unknown as TesseraWorkbench;
});
afterAll(() => {
  workbench.dispose();
  rmSync(folder, { recursive: true });
});

const text = { encoder: 'bert', hiddenSize: 8, numLayers: 1, numHeads: 2, maxTokens: 12, output: 'tokens' };
const small = { hiddenSize: 8, numLayers: 2, numHeads: 2, fusionLayer: 0 };
const pair = { pair: { type: 'contrastive', embeddingSize: 4 } };
const cases: [string, object, object?][] = [
  ['late', { type: 'late' }],
  ['gated', { type: 'gated', hiddenSize: 8 }],
  ['bottleneck', { type: 'bottleneck', ...small }],
  ['contrastive', { type: 'late' }, pair],
];

/** Losses of training and validation, epoch by epoch. */
async function losses(compile: string, fusion: object, heads: object = {}): Promise<number[]> {
  const { spec, dataset } = pictureTask({ compile });
  const { modalities, ...rest } = spec as { modalities: object; heads: object };
  const changed = { ...rest, modalities: { ...modalities, text }, fusion, heads: { ...rest.heads, ...heads } };
  const to = join(folder, String(++runs));
  const { record } = await workbench.train(changed as never, { to, check: false, ...(dataset && { dataset }) });
  return record.history.flatMap((epoch) => [epoch.trainLoss, epoch.validation?.loss ?? NaN]);
}

it.each(cases)('%s trains captured as it does eagerly', async (_, fusion, heads) => {
  const captured = await losses('auto', fusion, heads);
  const eager = await losses('off', fusion, heads);
  expect(captured.every(Number.isFinite)).toBe(true);
  // TensorFlow's last digits differ from run to run, and AdamW's first updates take their signs: by up to 1.2e-4 seen here.
  captured.forEach((loss, i) => expect(loss).toBeCloseTo(eager[i] ?? NaN, 3));
  expect(warnings).toEqual([]);
});
