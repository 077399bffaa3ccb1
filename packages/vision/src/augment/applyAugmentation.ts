// Geometry, normalisation and colour of one picture in one pass over its pixels. Coordinates are those of torch's
// affine_grid and grid_sample (bilinear, padding_mode "border", align_corners=False), in pixels instead of [-1, 1], so
// that a rotation of a picture that is not square does not shear it.
import type { Normalization } from '../input/normalization.js';
import type { Picture } from '../picture/renderPlan.js';
import type { Augmentation } from './drawAugmentation.js';

/** Per channel: factor and offset that take a grey level to a normalised, recoloured value. */
interface ColorMap {
  readonly factor: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
}

/** (level/255 - mean) / std · brightness + color, as a factor and an offset. */
function colorMap(
  { mean, std }: Normalization,
  brightness = 1,
  color: readonly [number, number, number] = [0, 0, 0],
): ColorMap {
  const factor = std.map((deviation) => brightness / (255 * deviation));
  const offset = mean.map((average, c) => (-average / (std[c] as number)) * brightness + (color[c] as number));
  return { factor, offset } as unknown as ColorMap;
}

/** Whole pixels of a picture. */
export interface PixelWindow {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Cuts a window of whole pixels out of a picture and normalises it into `output` [height · width · 3], which it returns. */
export function normalizeWindow(
  picture: Picture,
  { top, left, height, width }: PixelWindow,
  normalization: Normalization,
  output: Float32Array = new Float32Array(height * width * 3),
): Float32Array {
  const { factor, offset } = colorMap(normalization);
  for (let row = 0, to = 0; row < height; row++) {
    let from = ((top + row) * picture.width + left) * 3;
    for (let column = 0; column < width; column++, from += 3, to += 3) {
      output[to] = at(picture.data, from) * factor[0] + offset[0];
      output[to + 1] = at(picture.data, from + 1) * factor[1] + offset[1];
      output[to + 2] = at(picture.data, from + 2) * factor[2] + offset[2];
    }
  }
  return output;
}

/** Source coordinates of output pixel (column, row): x = x0 + xColumn·column + xRow·row, and y likewise. */
interface AffineMap {
  readonly x0: number;
  readonly xColumn: number;
  readonly xRow: number;
  readonly y0: number;
  readonly yColumn: number;
  readonly yRow: number;
}

function affineMap(draw: Augmentation, height: number, width: number): AffineMap {
  const { window, scale, rotation, flip, shift } = draw;
  const [cos, sin] = [Math.cos(rotation) * scale, Math.sin(rotation) * scale];
  const stepX = ((flip ? -1 : 1) * window.width) / width; // source pixels for one output pixel, before rotation
  const stepY = window.height / height;
  const [xColumn, xRow, yColumn, yRow] = [cos * stepX, -sin * stepY, sin * stepX, cos * stepY];
  const centreX = window.left + window.width * (0.5 + shift[0]) - 0.5;
  const centreY = window.top + window.height * (0.5 + shift[1]) - 0.5;
  const [column, row] = [(width - 1) / 2, (height - 1) / 2];
  return {
    x0: centreX - xColumn * column - xRow * row,
    xColumn,
    xRow,
    y0: centreY - yColumn * column - yRow * row,
    yColumn,
    yRow,
  };
}

/**
 * Augments and normalises a picture.
 * @returns [height · width · 3], a new array
 */
export function applyAugmentation(
  picture: Picture,
  draw: Augmentation,
  [height, width]: readonly [number, number],
  normalization: Normalization,
): Float32Array {
  const map = affineMap(draw, height, width);
  const colors = colorMap(normalization, draw.brightness, draw.color);
  const output = new Float32Array(height * width * 3);
  for (let row = 0, to = 0; row < height; row++) {
    let x = map.x0 + map.xRow * row;
    let y = map.y0 + map.yRow * row;
    for (let column = 0; column < width; column++, to += 3, x += map.xColumn, y += map.yColumn) {
      samplePixel(picture, x, y, colors, output, to);
    }
  }
  return output;
}

/**
 * Bilinear sample at (x, y), the coordinates held within the picture. One for each pixel of each training sample, hence
 * without loops and arrays.
 */
function samplePixel(picture: Picture, x: number, y: number, colors: ColorMap, output: Float32Array, to: number): void {
  const { data, width, height } = picture;
  const { factor, offset } = colors;
  const left = Math.min(Math.max(x, 0), width - 1);
  const top = Math.min(Math.max(y, 0), height - 1);
  const column = Math.trunc(left);
  const row = Math.trunc(top);
  const shareX = left - column;
  const shareY = top - row;
  const a = (row * width + column) * 3;
  const right = column + 1 < width ? 3 : 0;
  const below = row + 1 < height ? width * 3 : 0;
  output[to] = blendFour(data, a, right, below, shareX, shareY) * factor[0] + offset[0];
  output[to + 1] = blendFour(data, a + 1, right, below, shareX, shareY) * factor[1] + offset[1];
  output[to + 2] = blendFour(data, a + 2, right, below, shareX, shareY) * factor[2] + offset[2];
}

/** One channel between a value, the one to the right, the one below and the one below that. */
function blendFour(
  data: Float32Array,
  index: number,
  right: number,
  below: number,
  shareX: number,
  shareY: number,
): number {
  const upper = at(data, index) * (1 - shareX) + at(data, index + right) * shareX;
  const lower = at(data, index + below) * (1 - shareX) + at(data, index + below + right) * shareX;
  return upper + (lower - upper) * shareY;
}

const at = (values: Float32Array, index: number): number => values[index] as number;
