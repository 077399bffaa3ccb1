/**
 * Four inks as RGB: (255 − ink) · (255 − black) / 255, rounded. Source: Pillow's `convert("RGB")`; a colour profile would
 * give duller colours than networks saw in training.
 * @param inks - cyan, magenta, yellow and black of each pixel, 255 = full ink
 */
export function rgbFromCmyk(inks: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((inks.length / 4) * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    const light = 255 - (inks[from + 3] ?? 0);
    for (let ink = 0; ink < 3; ink++) rgb[to + ink] = light - Math.round(((inks[from + ink] ?? 0) * light) / 255);
  }
  return rgb;
}
