// Audio encoders in captured steps: the same losses on native TensorFlow as on wasm.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorkbench, memoryDataset } from 'tessera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-native-audio-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const encoders = {
  'audio-cnn': { encoder: 'audio-cnn', width: 4, numBlocks: 2 },
  whisper: { encoder: 'whisper', hiddenSize: 8, numHeads: 2, numLayers: 1 },
} as const;

/** Low and high tones. */
const dataset = () => {
  const rows = Array.from({ length: 16 }, (_, i) => {
    const step = i % 2 ? 3 : 9 + (i % 5);
    const samples = Float32Array.from({ length: 3200 }, (_, t) => Math.sin((t + i) / step));
    return { inputs: { sound: { sampleRate: 16_000, samples } }, targets: { kind: i % 2 ? 'high' : 'low' } };
  });
  return memoryDataset({ train: rows, validation: rows });
};

async function losses(backend: 'wasm' | 'native', name: keyof typeof encoders): Promise<number[]> {
  const workbench = await createWorkbench({ backend });
  try {
    const spec = {
      modalities: {
        sound: {
          ...encoders[name],
          input: { seconds: 0.3, melBins: 16 },
          pool: { tokens: 3 },
          augment: { frequencyMasks: { width: 3 }, timeMasks: { seconds: 0.05 }, shift: 0.05 },
        },
      },
      fusion: { type: 'concat' },
      heads: { kind: { type: 'single-label', dropoutRate: 0 } },
      training: { epochs: 4, batchSize: 4, optimizer: { type: 'adamw', learningRate: 0.003 } },
    } as const;
    const { record } = await workbench.train(spec, { to: join(folder, `${backend}-${name}`), dataset: dataset() });
    return record.history.map(({ trainLoss }) => trainLoss);
  } finally {
    workbench.dispose();
  }
}

describe('training on sounds', () => {
  it.each(['audio-cnn', 'whisper'] as const)(
    'learns the same with %s on wasm and on native TensorFlow',
    async (name) => {
      const want = await losses('wasm', name);
      const got = await losses('native', name);
      expect(got).toHaveLength(4);
      got.forEach((loss, epoch) => expect(loss, `epoch ${epoch + 1}`).toBeCloseTo(want[epoch] ?? NaN, 3));
      expect(want[3]).toBeLessThan(want[0] ?? 0);
    },
  );
});
