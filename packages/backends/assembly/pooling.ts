// Pooling of images [images, height, width, channels], channel by channel within a window.

/** Gradient of max pooling into zeros: the first largest place of each window in row-major order gets dy. */
export function maxPoolGradient(
  dy: usize,
  x: usize,
  dx: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  rows: i32,
  columns: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideRows: i32,
  strideColumns: i32,
  top: i32,
  left: i32,
): void {
  for (let image = 0; image < images; image++) {
    const from = x + ((<usize>image * height * width * channels) << 2);
    const to = dx + ((<usize>image * height * width * channels) << 2);
    for (let row = 0; row < rows; row++) {
      const rowStart = max(row * strideRows - top, 0);
      const rowEnd = min(row * strideRows - top + windowHeight, height);
      for (let column = 0; column < columns; column++) {
        const columnStart = max(column * strideColumns - left, 0);
        const columnEnd = min(column * strideColumns - left + windowWidth, width);
        for (let c = 0; c < channels; c++, dy += 4) {
          const place = largest(from, width, channels, c, rowStart, rowEnd, columnStart, columnEnd);
          store<f32>(to + place, load<f32>(to + place) + load<f32>(dy));
        }
      }
    }
  }
}

/** Byte offset of the first largest value of a channel in a window. */
@inline
function largest(
  from: usize,
  width: i32,
  channels: i32,
  channel: i32,
  rowStart: i32,
  rowEnd: i32,
  columnStart: i32,
  columnEnd: i32,
): usize {
  let best: f32 = -Infinity;
  let place: usize = (<usize>(rowStart * width + columnStart) * channels + channel) << 2;
  for (let row = rowStart; row < rowEnd; row++) {
    for (let column = columnStart; column < columnEnd; column++) {
      const at: usize = (<usize>(row * width + column) * channels + channel) << 2;
      const value = load<f32>(from + at);
      if (value > best) {
        best = value;
        place = at;
      }
    }
  }
  return place;
}

@inline
function binStart(index: i32, size: i32, count: i32): i32 {
  return (index * size) / count;
}

@inline
function binEnd(index: i32, size: i32, count: i32): i32 {
  return ((index + 1) * size + count - 1) / count;
}

/** Adaptive pooling to rows × columns by PyTorch's bins; `takesMax` chooses the maximum over the mean. */
export function adaptivePool(
  x: usize,
  y: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  rows: i32,
  columns: i32,
  takesMax: i32,
): void {
  const imageBytes: usize = (<usize>height * width * channels) << 2;
  for (let image = 0; image < images; image++, x += imageBytes) {
    for (let row = 0; row < rows; row++) {
      const r0 = binStart(row, height, rows);
      const r1 = binEnd(row, height, rows);
      for (let column = 0; column < columns; column++) {
        const c0 = binStart(column, width, columns);
        const c1 = binEnd(column, width, columns);
        for (let channel = 0; channel < channels; channel++, y += 4) {
          if (takesMax) {
            store<f32>(y, load<f32>(x + largest(x, width, channels, channel, r0, r1, c0, c1)));
          } else {
            store<f32>(y, binSum(x, width, channels, channel, r0, r1, c0, c1) / <f32>((r1 - r0) * (c1 - c0)));
          }
        }
      }
    }
  }
}

@inline
function binSum(
  x: usize,
  width: i32,
  channels: i32,
  channel: i32,
  r0: i32,
  r1: i32,
  c0: i32,
  c1: i32,
): f32 {
  let total: f32 = 0;
  for (let row = r0; row < r1; row++) {
    for (let column = c0; column < c1; column++) {
      total += load<f32>(x + ((<usize>(row * width + column) * channels + channel) << 2));
    }
  }
  return total;
}

/** Gradient of `adaptivePool` into zeros. */
export function adaptivePoolGradient(
  dy: usize,
  x: usize,
  dx: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  rows: i32,
  columns: i32,
  takesMax: i32,
): void {
  const imageBytes: usize = (<usize>height * width * channels) << 2;
  for (let image = 0; image < images; image++, x += imageBytes, dx += imageBytes) {
    for (let row = 0; row < rows; row++) {
      const r0 = binStart(row, height, rows);
      const r1 = binEnd(row, height, rows);
      for (let column = 0; column < columns; column++) {
        const c0 = binStart(column, width, columns);
        const c1 = binEnd(column, width, columns);
        for (let channel = 0; channel < channels; channel++, dy += 4) {
          const d = load<f32>(dy);
          if (takesMax) {
            const place = dx + largest(x, width, channels, channel, r0, r1, c0, c1);
            store<f32>(place, load<f32>(place) + d);
          } else {
            addToBin(dx, width, channels, channel, r0, r1, c0, c1, d / <f32>((r1 - r0) * (c1 - c0)));
          }
        }
      }
    }
  }
}

@inline
function addToBin(
  dx: usize,
  width: i32,
  channels: i32,
  channel: i32,
  r0: i32,
  r1: i32,
  c0: i32,
  c1: i32,
  share: f32,
): void {
  for (let row = r0; row < r1; row++) {
    for (let column = c0; column < c1; column++) {
      const at = dx + ((<usize>(row * width + column) * channels + channel) << 2);
      store<f32>(at, load<f32>(at) + share);
    }
  }
}
