// What surrounds the matrix products of a convolution: padded copies and the places of windows in them.

/**
 * Copies images [images, height, width, channels] into the middle of zeros [images, paddedHeight, paddedWidth, channels].
 * With `spread` > 1 rows and columns go that far apart, zeros between them.
 */
export function padImages(
  source: usize,
  target: usize,
  images: i32,
  height: i32,
  width: i32,
  pixelBytes: i32,
  top: i32,
  left: i32,
  paddedHeight: i32,
  paddedWidth: i32,
  spread: i32,
): void {
  const imageBytes: usize = <usize>paddedHeight * paddedWidth * pixelBytes;
  memory.fill(target, 0, <usize>images * imageBytes);
  for (let image = 0; image < images; image++, target += imageBytes) {
    for (let row = 0; row < height; row++) {
      let to = target + (<usize>(top + row * spread) * paddedWidth + left) * pixelBytes;
      if (spread == 1) {
        const rowBytes: usize = <usize>width * pixelBytes;
        copyFloats(source, to, rowBytes);
        source += rowBytes;
      } else {
        for (let column = 0; column < width; column++) {
          copyFloats(source, to, pixelBytes);
          source += pixelBytes;
          to += <usize>spread * pixelBytes;
        }
      }
    }
  }
}

/** memory.copy of a multiple of four bytes, without its call where little moves. */
@inline
function copyFloats(from: usize, to: usize, bytes: usize): void {
  if (bytes > 256) {
    memory.copy(to, from, bytes);
    return;
  }
  const end = from + bytes;
  for (; from + 16 <= end; from += 16, to += 16) v128.store(to, v128.load(from));
  for (; from < end; from += 4, to += 4) store<u32>(to, load<u32>(from));
}

/** Byte offset of the window of every output pixel, in row-major order. */
export function windowOffsets(
  target: usize,
  images: i32,
  rows: i32,
  columns: i32,
  imageBytes: i32,
  rowBytes: i32,
  columnBytes: i32,
): void {
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < rows; row++) {
      let at = <u32>(image * imageBytes + row * rowBytes);
      for (let column = 0; column < columns; column++) {
        store<u32>(target, at);
        target += 4;
        at += columnBytes;
      }
    }
  }
}

/** Adds the rows of `taps` [pixels, taps·channels] to the places they were read from: the opposite of im2col. */
export function addWindows(
  taps: usize,
  offsets: usize,
  target: usize,
  pixels: i32,
  segmentOffsets: usize,
  segments: i32,
  length: i32,
): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    const base = target + load<u32>(offsets + (<usize>pixel << 2));
    for (let s = 0; s < segments; s++) {
      let to = base + load<u32>(segmentOffsets + (<usize>s << 2));
      let k = 0;
      for (; k + 4 <= length; k += 4, to += 16, taps += 16) {
        v128.store(to, f32x4.add(v128.load(to), v128.load(taps)));
      }
      for (; k < length; k++, to += 4, taps += 4) store<f32>(to, load<f32>(to) + load<f32>(taps));
    }
  }
}

/** The opposite of `padImages` without spread: cuts the middle out. */
export function cropImages(
  source: usize,
  target: usize,
  images: i32,
  height: i32,
  width: i32,
  pixelBytes: i32,
  top: i32,
  left: i32,
  paddedHeight: i32,
  paddedWidth: i32,
): void {
  const rowBytes: usize = <usize>width * pixelBytes;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < height; row++, target += rowBytes) {
      const from = (<usize>(image * paddedHeight + top + row) * paddedWidth + left) * pixelBytes;
      copyFloats(source + from, target, rowBytes);
    }
  }
}
