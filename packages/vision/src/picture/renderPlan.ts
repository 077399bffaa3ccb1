// How a decoded picture becomes one of the size an encoder takes. Sizes and places as torchvision's Resize and
// CenterCrop have them (torchvision/transforms/functional.py).

/** Red, green and blue from 0 to 255. */
export type RgbColor = readonly [red: number, green: number, blue: number];

/** Decoded RGB pixels, 8 bits each, row by row. */
export interface RgbPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A picture after resizing: RGB from 0 to 255, row by row, not rounded. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** Names of the resampling filters. */
export const interpolations = ['bilinear', 'bicubic', 'box', 'nearest'] as const;
/** Name of a resampling filter. */
export type Interpolation = (typeof interpolations)[number];

/** How a picture is brought to size. Plain data: a decoder's cache goes by it. */
export interface RenderPlan {
  /** Rows and columns the encoder takes. */
  readonly size: readonly [height: number, width: number];
  /** `crop`: the shorter side to `resize`, then the centre of `size`. `stretch`: to `size`, whatever the shape. */
  readonly fit: 'crop' | 'stretch';
  /** Length of the shorter side before cropping, in pixels. */
  readonly resize: number;
  /** `centre`: the crop alone. `whole`: all of the resized picture, from which augmentation crops. */
  readonly region: 'centre' | 'whole';
  readonly interpolation: Interpolation;
  /** Whether the filter grows with the reduction, as Pillow's does. */
  readonly antialias: boolean;
  /** What lies under transparent pixels. */
  readonly background: RgbColor;
}

/** The part of a resized picture that is computed: offsets and sizes in its pixels. */
export interface RenderWindow {
  readonly resizedHeight: number;
  readonly resizedWidth: number;
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Of a picture longer than this many times its shorter side, `whole` keeps the middle: a strip may not fill memory. */
const longestAspect = 3;

/** Where the window of a picture of this size lies under a plan. */
export function placeWindow(height: number, width: number, plan: RenderPlan): RenderWindow {
  const [targetHeight, targetWidth] = plan.size;
  if (plan.fit === 'stretch') {
    return centred(targetHeight, targetWidth, targetHeight, targetWidth);
  }
  const longer = Math.max(1, Math.floor((plan.resize * Math.max(height, width)) / Math.min(height, width)));
  const [resizedHeight, resizedWidth] = height <= width ? [plan.resize, longer] : [longer, plan.resize];
  if (plan.region === 'centre') return centred(resizedHeight, resizedWidth, targetHeight, targetWidth);
  const most = plan.resize * longestAspect;
  return centred(resizedHeight, resizedWidth, Math.min(resizedHeight, most), Math.min(resizedWidth, most));
}

function centred(resizedHeight: number, resizedWidth: number, height: number, width: number): RenderWindow {
  const top = roundHalfEven((resizedHeight - height) / 2);
  const left = roundHalfEven((resizedWidth - width) / 2);
  return { resizedHeight, resizedWidth, top, left, height, width };
}

/** Python's round(), which torchvision's crop uses: 78.5 gives 78, 79.5 gives 80. */
export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
