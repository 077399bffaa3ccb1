import { expandDims, tile, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';

/** The same rows for every sample: [R, D] → [B, R, D]. */
export const tileRows = (rows: Tensor2D, batch: number): Tensor3D => tile(expandDims(rows, 0), [batch, 1, 1]);
