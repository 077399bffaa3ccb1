import type { PixelSize } from './jpegHeader.js';
import { placeWindow, type Picture, type RenderPlan, type RenderWindow, type RgbPixels } from './renderPlan.js';
import { resample } from './resample.js';
import { axisWeights, type AxisWeights } from './resampling.js';
import { resampleWithSimd } from './simdResample.js';

/** Brings RGB pixels to size: resizes and crops in one pass, computing nothing outside the crop. */
export function renderPicture(pixels: RgbPixels, plan: RenderPlan): Picture {
  const { window, rows, columns } = renderAxes(pixels, plan);
  return renderedPicture(resampleWithSimd(pixels, rows, columns) ?? resample(pixels, rows, columns), window, plan);
}

/** What a picture's rows and columns are computed from. */
export interface RenderAxes {
  readonly window: RenderWindow;
  readonly rows: AxisWeights;
  readonly columns: AxisWeights;
}

/** The filters of a plan for a picture of this size. */
export function renderAxes({ height, width }: PixelSize, plan: RenderPlan): RenderAxes {
  const window = placeWindow(height, width, plan);
  const { interpolation, antialias } = plan;
  const rows = axisWeights({
    inputSize: height,
    outputSize: window.resizedHeight,
    from: window.top,
    count: window.height,
    interpolation,
    antialias,
  });
  const columns = axisWeights({
    inputSize: width,
    outputSize: window.resizedWidth,
    from: window.left,
    count: window.width,
    interpolation,
    antialias,
  });
  return { window, rows, columns };
}

/** A picture of filtered values, which are changed where they lie beyond 0 to 255. */
export function renderedPicture(data: Float32Array, { height, width }: RenderWindow, plan: RenderPlan): Picture {
  if (plan.interpolation === 'bicubic') clampToBytes(data); // the only filter that overshoots
  return { height, width, data };
}

function clampToBytes(data: Float32Array): void {
  for (let i = 0; i < data.length; i++) data[i] = Math.min(255, Math.max(0, at(data, i)));
}

/** An element known to exist; inlined by the engine. */
const at = (values: Float32Array, index: number): number => values[index] as number;
