/** Means that were taken from the blue, green and red values of VGG's training pictures. */
const means = [103.939, 116.779, 123.68] as const;

/**
 * Pixels of a picture that was made ready for VGG: planes of blue, green and red less their means, cut to whole numbers
 * → bytes, red first. Exact but for values within one of a mean. A picture without negative values was not made ready so:
 * its planes are red, green and blue as they are.
 */
export function rgbOf(planes: Int32Array): Uint8Array {
  const size = planes.length / 3;
  const isPrepared = planes.some((value) => value < 0);
  const pixels = new Uint8Array(planes.length);
  for (let channel = 0; channel < 3; channel++) {
    const plane = isPrepared ? 2 - channel : channel;
    const mean = isPrepared ? (means[plane] ?? 0) : 0;
    for (let i = 0; i < size; i++) pixels[3 * i + channel] = clamp(restore(planes[plane * size + i] ?? 0, mean));
  }
  return pixels;
}

/** The whole number that, less the mean and cut towards zero, gives the value. */
const restore = (value: number, mean: number): number =>
  value < 0 ? Math.floor(value + mean) : value > 0 ? Math.ceil(value + mean) : Math.round(mean);

const clamp = (value: number): number => Math.min(255, Math.max(0, value));
