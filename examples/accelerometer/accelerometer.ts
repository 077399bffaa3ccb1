// Shapes: B batch, N windows of a recording, W numbers of a window (its readings × 3 axes), E tokenWidth.
import { readFile } from 'node:fs/promises';
import { relu, tensor2d, tensor3d, tidy, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { DataError, defineEncoder, definePlugin, torchLinear } from '@tessera/core';
import { Linear } from '@tessera/layers';
import { z } from 'zod';

/** Readings of x, y and z, or a CSV file of them without titles. */
type Recording = string | readonly (readonly number[])[];

async function readingsOf(raw: Recording): Promise<readonly (readonly number[])[]> {
  const isReading = (row: unknown): row is number[] =>
    Array.isArray(row) && row.length === 3 && row.every(Number.isFinite);
  const lines = typeof raw === 'string' ? (await readFile(raw, 'utf8').catch(() => '')).trim().split('\n') : [];
  const rows = typeof raw === 'string' ? lines.map((line) => line.split(',').map(parseFloat)) : raw;
  if (Array.isArray(rows) && rows.length > 0 && rows.every(isReading)) return rows;
  const got = JSON.stringify(raw)?.slice(0, 80);
  throw new DataError(`accelerometer: must be a list of [x, y, z] or a CSV file of them, got ${got}. Mend it.`);
}

const accelerometer = defineEncoder<Recording, number[][], { windows: Tensor3D; mask: Tensor2D }>()({
  name: 'accelerometer',
  summary: 'Readings of x, y and z over time, each window of them a token.',
  input: 'file',
  config: z.strictObject({
    window: z.int().positive().default(4).describe('Readings of a token.'),
    maxTokens: z.int().positive().default(16).describe('Windows at most; what comes after is left out.'),
    tokenWidth: z.int().positive().default(16).describe('E.'),
  }),
  create: ({ window, maxTokens, tokenWidth }, _services, { parameters }) => {
    const width = window * 3;
    const initializer = torchLinear(width);
    const projection = new Linear(parameters.scope('projection'), width, tokenWidth, { initializer });
    return {
      ...{ tokenWidth, maxTokens, fixedLength: false, tokenSpace: 'encoder', numParts: 1 },
      towerPaths: [parameters.path], // training.freeze may hold all of it
      prepare: async (raw) => {
        const numbers = (await readingsOf(raw)).slice(0, window * maxTokens).flat();
        const padded = [...numbers, ...new Array<number>((width - (numbers.length % width)) % width).fill(0)];
        return Array.from({ length: padded.length / width }, (_, i) => padded.slice(i * width, (i + 1) * width));
      },
      collate: (items) => {
        const places = [...new Array(Math.max(1, ...items.map((item) => item?.length ?? 0))).keys()];
        return {
          windows: tensor3d(items.map((item) => places.map((i) => item?.[i] ?? new Array<number>(width).fill(0)))),
          mask: tensor2d(items.map((item) => places.map((i) => (item?.[i] ? 1 : 0)))),
        };
      },
      encode: ({ windows, mask }) => ({
        tokens: tidy(() => relu(projection.apply(windows))), // [B, N, W] → [B, N, E]
        mask: mask.clone(),
      }),
      describeTokens: (item) =>
        item.map((_, i) => ({ kind: 'interval', from: i * window, to: (i + 1) * window, unit: 'readings' })),
    };
  },
});

export const plugin = definePlugin({ name: 'accelerometer', components: [accelerometer] });
