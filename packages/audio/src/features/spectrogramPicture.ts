/** Most columns of a picture: longer sounds are shown by the mean of neighbouring frames. */
const mostColumns = 400;
const headerLength = 54 + 4 * 256;

/** A spectrogram [T, M] as a BMP file in shades of grey, loud in white; its rows go from the bottom up, as BMP's do. */
export function spectrogramPicture(features: Float32Array, melBins: number): Uint8Array {
  const numFrames = features.length / melBins;
  const framesPerColumn = Math.ceil(numFrames / mostColumns);
  const width = Math.ceil(numFrames / framesPerColumn);
  const rowLength = Math.ceil(width / 4) * 4;
  const bytes = new Uint8Array(headerLength + rowLength * melBins);
  writeHeader(new DataView(bytes.buffer), width, melBins);
  const shades = shadesOf(features);
  for (let column = 0; column < width; column++) {
    const first = column * framesPerColumn;
    const last = Math.min(numFrames, first + framesPerColumn);
    for (let bin = 0; bin < melBins; bin++) {
      let sum = 0;
      for (let frame = first; frame < last; frame++) sum += features[frame * melBins + bin] ?? 0;
      bytes[headerLength + bin * rowLength + column] = shades(sum / (last - first));
    }
  }
  return bytes;
}

/** From the least value to the greatest, 0 to 255. */
function shadesOf(features: Float32Array): (value: number) => number {
  const least = features.reduce((a, b) => Math.min(a, b), Infinity);
  const greatest = features.reduce((a, b) => Math.max(a, b), -Infinity);
  const scale = greatest > least ? 255 / (greatest - least) : 0;
  return (value) => Math.round((value - least) * scale);
}

/** The header of a bitmap with a palette of 256 greys. */
function writeHeader(view: DataView, width: number, height: number): void {
  view.setUint16(0, 0x424d); // "BM"
  view.setUint32(2, view.byteLength, true);
  view.setUint32(10, headerLength, true);
  view.setUint32(14, 40, true); // bytes of what follows, up to the palette
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 8, true); // bits of a pixel
  for (let grey = 0; grey < 256; grey++) view.setUint32(54 + 4 * grey, grey * 0x010101, true);
}
