// Whole trainings on native TensorFlow against the same ones on the other backends. Where steps are captured, batches are
// padded to fewer lengths, which moves the numbers that dropout draws: it is off where backends are compared.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkbench } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyDataset, tinySpec } from '../tinyTask.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-native-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Backend = 'cpu' | 'wasm' | 'native';

let runs = 0;

/** Losses of four epochs of six steps each, and what the trained model says of the test split. */
async function train(backend: Backend) {
  const workbench = await createWorkbench({ backend });
  try {
    const { fusion, ...tiny } = tinySpec({ epochs: 4, clipNorm: 1 });
    const spec = {
      ...tiny,
      fusion: { ...fusion, dropoutRate: 0, attentionDropoutRate: 0 },
      heads: { kind: { type: 'single-label', dropoutRate: 0 } },
    } as const;
    const to = join(folder, String((runs += 1)));
    const { record, test } = await workbench.train(spec, { to, dataset: tinyDataset() });
    const losses = record.history.map(({ trainLoss }) => trainLoss);
    return { losses, accuracy: test?.heads['kind']?.metrics['accuracy'] };
  } finally {
    workbench.dispose();
  }
}

const expectSameLosses = (got: readonly number[], want: readonly number[]): void => {
  expect(got).toHaveLength(want.length);
  got.forEach((loss, epoch) => expect(loss, `epoch ${epoch + 1}`).toBeCloseTo(want[epoch] ?? NaN, 4));
};

describe('training on every backend', () => {
  it('learns the same in plain JavaScript, on wasm and on native TensorFlow', async () => {
    const want = await train('cpu');
    for (const backend of ['wasm', 'native'] as const) {
      const got = await train(backend);
      expectSameLosses(got.losses, want.losses);
      expect(got.accuracy).toBe(want.accuracy);
    }
  });
});

describe('native TensorFlow', () => {
  it('says which version computes, with how many threads', async () => {
    const workbench = await createWorkbench({ backend: 'native' });
    expect(workbench.backend.reason).toMatch(/^TensorFlow \d+\.\d+\.\d+ on the CPU, \d+ threads?, captured graphs/);
    workbench.dispose();
  });
});
