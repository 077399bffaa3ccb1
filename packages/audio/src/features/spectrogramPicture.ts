import { greyPng } from './greyPng.js';

/** Most columns of a picture: longer sounds are shown by the mean of neighbouring frames. */
const mostColumns = 400;

/** A spectrogram [T, M] as a PNG file in shades of grey, loud in black as in print, low frequencies at its bottom. */
export function spectrogramPicture(features: Float32Array, melBins: number): Uint8Array {
  const numFrames = features.length / melBins;
  const framesPerColumn = Math.ceil(numFrames / mostColumns);
  const width = Math.ceil(numFrames / framesPerColumn);
  const pixels = new Uint8Array(width * melBins);
  const shades = shadesOf(features);
  for (let column = 0; column < width; column++) {
    const first = column * framesPerColumn;
    const last = Math.min(numFrames, first + framesPerColumn);
    for (let bin = 0; bin < melBins; bin++) {
      let sum = 0;
      for (let frame = first; frame < last; frame++) sum += features[frame * melBins + bin] ?? 0;
      pixels[(melBins - 1 - bin) * width + column] = shades(sum / (last - first));
    }
  }
  return greyPng(pixels, width);
}

/** From the least value to the greatest, 255 to 0. */
function shadesOf(features: Float32Array): (value: number) => number {
  const least = features.reduce((a, b) => Math.min(a, b), Infinity);
  const greatest = features.reduce((a, b) => Math.max(a, b), -Infinity);
  const scale = greatest > least ? 255 / (greatest - least) : 0;
  return (value) => 255 - Math.round((value - least) * scale);
}
