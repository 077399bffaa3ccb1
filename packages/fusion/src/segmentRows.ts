// Shapes: P rows of a segment table, D hiddenSize.
import type { ParameterSource } from '@tessera/core';

/** Which table is to have more rows than the source's. */
export interface SegmentRowsOptions {
  /** Path of the table, such as `fusion.embeddings.segment.weight`. */
  readonly path: string;
  /** P, the rows that the model's table has. */
  readonly numSegments: number;
}

/**
 * A source whose segment table has as many rows as the model needs. Pretrained BERT has two; every further row starts
 * as the mean of rows 0 and 1, as row 2 does in facebookresearch/mmbt (train.py, for V-SNLI), and is trained. A table
 * with enough rows, and everything else, passes unchanged.
 */
export function withSegmentRows(source: ParameterSource, { path, numSegments }: SegmentRowsOptions): ParameterSource {
  return {
    description: source.description,
    read: (asked) => {
      const given = source.read(asked);
      const [rows = 0, width = 0] = given?.shape ?? [];
      if (!given || asked !== path || rows < 2 || rows >= numSegments) return given;
      return { shape: [numSegments, width], values: extended(given.values, rows, width, numSegments) };
    },
  };
}

function extended(values: Float32Array, rows: number, width: number, numSegments: number): Float32Array {
  const mean = values.slice(0, width).map((value, i) => (value + (values[width + i] ?? 0)) / 2);
  const table = new Float32Array(numSegments * width);
  table.set(values);
  for (let row = rows; row < numSegments; row++) table.set(mean, row * width);
  return table;
}
