// A task small enough for tests of training: is there a fruit in the text? Models of it train in a second on the cpu.
import type { Dataset, Sample } from '@tessera/core';

const fruits = ['apple', 'pear', 'plum', 'fig'];
const tools = ['saw', 'drill', 'rasp', 'clamp'];

function samples(count: number, offset: number): Omit<Sample, 'origin'>[] {
  return Array.from({ length: count }, (_, i) => {
    const isFruit = (i + offset) % 2 === 0;
    const words = isFruit ? fruits : tools;
    return {
      id: `${offset}-${i}`,
      inputs: { text: `a ${words[(i * 3 + offset) % 4] ?? ''} and the ${words[(i * 5 + 1) % 4] ?? ''}` },
      targets: { kind: isFruit ? 'fruit' : 'tool' },
    };
  });
}

function split(name: string, rows: readonly Omit<Sample, 'origin'>[]): Dataset['splits'][string] {
  return {
    name,
    origin: 'memory',
    length: rows.length,
    sample: (i) => ({ ...(rows[i] as Sample), origin: `${name}, sample ${i + 1}` }),
  };
}

/** 22 training, 8 validation and 8 test samples. */
export const tinyDataset = (): Dataset => ({
  fingerprint: 'tiny',
  splits: {
    train: split('train', samples(22, 0)),
    validation: split('validation', samples(8, 1)),
    test: split('test', samples(8, 2)),
  },
});

/** A text-only transformer of one layer × 8, with dropout. */
export const tinySpec = (training: Record<string, unknown> = {}) =>
  ({
    name: 'tiny',
    modalities: { text: { encoder: 'wordpiece', maxTokens: 12 } },
    fusion: { type: 'bitransformer', hiddenSize: 8, numLayers: 1, numHeads: 2, maxPositions: 16, dropoutRate: 0.1 },
    heads: { kind: { type: 'single-label', dropoutRate: 0.1 } },
    training: { epochs: 3, batchSize: 4, optimizer: { type: 'adamw', learningRate: 0.01 }, ...training },
  }) as const;
