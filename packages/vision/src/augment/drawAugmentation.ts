import type { RandomSource } from '@tessera/core';
import type { AugmentOptions } from './augmentSchema.js';

/** A rectangle in the pixels of a picture; fractions allowed. */
export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** One draw of all random choices, for one picture. */
export interface Augmentation {
  /** What is cut out of the picture. */
  readonly window: Rectangle;
  readonly flip: boolean;
  /** Side of what is shown, relative to the window. */
  readonly scale: number;
  /** In radians. */
  readonly rotation: number;
  /** Shift of what is shown, as shares of the window's width and height. */
  readonly shift: readonly [x: number, y: number];
  /** Factor on the normalised picture. */
  readonly brightness: number;
  /** Added to the normalised channels. */
  readonly color: readonly [number, number, number];
}

/**
 * Draws an augmentation.
 * @param size - of the picture that is augmented, in pixels
 * @param centre - the window where `crop` is off
 */
export function drawAugmentation(
  random: RandomSource,
  options: AugmentOptions,
  size: { readonly height: number; readonly width: number },
  centre: Rectangle,
): Augmentation {
  const within = (bound: number): number => 2 * bound * random.uniform() - bound;
  const { crop, affine } = options;
  return {
    window: crop ? drawCrop(random, crop, size) : centre,
    scale: affine ? between(random, affine.scale) : 1,
    rotation: affine ? (within(affine.rotate) * Math.PI) / 180 : 0,
    flip: random.uniform() < options.flip,
    shift: affine ? [within(affine.translate), within(affine.translate)] : [0, 0],
    brightness: 1 + within(options.brightness),
    color: [within(options.color), within(options.color), within(options.color)],
  };
}

const between = (random: RandomSource, [low, high]: readonly [number, number]): number =>
  low + (high - low) * random.uniform();

/**
 * A random rectangle of the asked area and shape; the largest central one of an allowed shape when ten draws do not fit.
 * Source: torchvision, RandomResizedCrop.get_params.
 */
function drawCrop(
  random: RandomSource,
  { scale, ratio }: NonNullable<AugmentOptions['crop']>,
  { height, width }: { readonly height: number; readonly width: number },
): Rectangle {
  const logarithms = [Math.log(ratio[0]), Math.log(ratio[1])] as const;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * between(random, scale);
    const shape = Math.exp(between(random, logarithms));
    const [w, h] = [Math.round(Math.sqrt(area * shape)), Math.round(Math.sqrt(area / shape))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { top: random.integer(height - h + 1), left: random.integer(width - w + 1), height: h, width: w };
  }
  const shape = Math.min(Math.max(width / height, ratio[0]), ratio[1]);
  const [w, h] = [Math.min(width, Math.round(height * shape)), Math.min(height, Math.round(width / shape))];
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), height: h, width: w };
}
