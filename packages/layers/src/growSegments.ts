// Shapes: P rows of a segment table, D hiddenSize.
import type { Adapt } from '@tessera/core';

/**
 * Gives a pretrained segment table as many rows as the model has parts. BERT has two; every further row starts as the
 * mean of rows 0 and 1, as row 2 does in facebookresearch/mmbt (train.py, for V-SNLI), and is trained.
 * @returns undefined for a table of another width, of one row, or with more rows than wanted
 */
export const growSegments: Adapt = ({ shape: [rows = 0, width = 0], values }, [wantedRows = 0, wantedWidth = 0]) => {
  if (width !== wantedWidth || rows < 2 || rows > wantedRows) return undefined;
  const mean = values.slice(0, width).map((value, i) => (value + (values[width + i] ?? 0)) / 2);
  const table = new Float32Array(wantedRows * width);
  table.set(values);
  for (let row = rows; row < wantedRows; row++) table.set(mean, row * width);
  return table;
};
