import { renderAxes, renderedPicture } from './renderPicture.js';
import type { AxisWeights } from './resampling.js';
import type { PixelSize } from './jpegHeader.js';
import type { Picture, RenderPlan } from './renderPlan.js';

/** A JPEG and the size that its header tells. */
export interface EncodedJpeg extends PixelSize {
  readonly bytes: Uint8Array;
}

/**
 * Decodes a JPEG as libjpeg does and filters its rows and columns, off this thread; gives RGB from 0 to 255, row by row.
 * Rejects for a JPEG that is not sound.
 */
export type RenderJpeg = (jpeg: EncodedJpeg, rows: AxisWeights, columns: AxisWeights) => Promise<Float32Array>;

/** Brings a JPEG to size. */
export async function renderJpegPicture(jpeg: EncodedJpeg, plan: RenderPlan, render: RenderJpeg): Promise<Picture> {
  const { window, rows, columns } = renderAxes(jpeg, plan);
  return renderedPicture(await render(jpeg, rows, columns), window, plan);
}
