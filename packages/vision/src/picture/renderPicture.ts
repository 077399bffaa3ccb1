import { placeWindow, type Picture, type RenderPlan, type RgbPixels } from './renderPlan.js';
import { resample } from './resample.js';
import { axisWeights } from './resampling.js';
import { resampleWithSimd } from './simdResample.js';

/** Brings RGB pixels to size: resizes and crops in one pass, computing nothing outside the crop. */
export function renderPicture(pixels: RgbPixels, plan: RenderPlan): Picture {
  const window = placeWindow(pixels.height, pixels.width, plan);
  const { interpolation, antialias } = plan;
  const rows = axisWeights({
    inputSize: pixels.height,
    outputSize: window.resizedHeight,
    from: window.top,
    count: window.height,
    interpolation,
    antialias,
  });
  const columns = axisWeights({
    inputSize: pixels.width,
    outputSize: window.resizedWidth,
    from: window.left,
    count: window.width,
    interpolation,
    antialias,
  });
  const data = resampleWithSimd(pixels, rows, columns) ?? resample(pixels, rows, columns);
  if (interpolation === 'bicubic') clampToBytes(data); // the only filter that overshoots
  return { height: window.height, width: window.width, data };
}

function clampToBytes(data: Float32Array): void {
  for (let i = 0; i < data.length; i++) data[i] = Math.min(255, Math.max(0, at(data, i)));
}

/** An element known to exist; inlined by the engine. */
const at = (values: Float32Array, index: number): number => values[index] as number;
