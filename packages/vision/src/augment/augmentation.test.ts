import { RandomSource } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../picture/renderPlan.js';
import { applyAugmentation, normalizeWindow } from './applyAugmentation.js';
import { augmentSchema } from './augmentSchema.js';
import { drawAugmentation, type Augmentation } from './drawAugmentation.js';

const plain = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } as const; // leaves grey levels as they are

/** A picture whose red is its column, green its row and blue 100. */
const coordinates = (height: number, width: number): Picture => {
  const pixels = Array.from({ length: height * width }, (_, i) => [i % width, Math.floor(i / width), 100]);
  return { height, width, data: Float32Array.from(pixels.flat()) };
};
const whole = ({ height, width }: Picture) => ({ top: 0, left: 0, height, width });
const nothing = (picture: Picture): Augmentation => ({
  window: whole(picture),
  flip: false,
  scale: 1,
  rotation: 0,
  shift: [0, 0],
  brightness: 1,
  color: [0, 0, 0],
});
const pixelsOf = (data: Float32Array): number[][] =>
  Array.from({ length: data.length / 3 }, (_, i) =>
    [...data.slice(i * 3, i * 3 + 3)].map((v) => Math.round(v * 1e4) / 1e4),
  );

describe('applyAugmentation', () => {
  const picture = coordinates(4, 6);
  const apply = (changes: Partial<Augmentation>, size: readonly [number, number] = [4, 6]): number[][] =>
    pixelsOf(applyAugmentation(picture, { ...nothing(picture), ...changes }, size, plain));

  it('changes nothing when nothing is drawn', () => {
    expect(apply({})).toEqual(pixelsOf(picture.data));
  });

  it('exchanges left and right exactly', () => {
    expect(apply({ flip: true })).toEqual(pixelsOf(picture.data).map(([x = 0, y, b]) => [5 - x, y, b]));
  });

  it('turns a square picture by a quarter', () => {
    const square = coordinates(3, 3);
    const turned = applyAugmentation(square, { ...nothing(square), rotation: Math.PI / 2 }, [3, 3], plain);
    expect(pixelsOf(turned)[0]).toEqual([2, 0, 100]); // the corner that was top right
    expect(pixelsOf(turned)[2]).toEqual([2, 2, 100]);
  });

  it('shows a wider part at a scale above 1, and repeats the edge beyond it', () => {
    const [first] = apply({ scale: 3 });
    expect(first).toEqual([0, 0, 100]);
    const zoomed = apply({ scale: 0.5 });
    expect(zoomed[0]).toEqual([1.25, 0.75, 100]); // half the picture, sampled between pixels
  });

  it('shifts by shares of the width and height', () => {
    expect(apply({ shift: [0.5, 0.25] })[0]).toEqual([3, 1, 100]);
  });

  it('cuts a window and brings it to size', () => {
    const cut = apply({ window: { top: 1, left: 2, height: 2, width: 4 } }, [2, 4]);
    expect(cut[0]).toEqual([2, 1, 100]);
    expect(cut.at(-1)).toEqual([5, 2, 100]);
  });

  it('normalises, then brightens, then colours', () => {
    const dot: Picture = { height: 1, width: 1, data: Float32Array.of(255, 51, 0) };
    const draw = { ...nothing(dot), brightness: 2, color: [0.1, 0.2, 0.3] as const };
    const [values = []] = pixelsOf(
      applyAugmentation(dot, draw, [1, 1], { mean: [0.5, 0.5, 0.5], std: [0.5, 0.25, 1] }),
    );
    expect(values).toEqual([2.1, -2.2, -0.7]);
  });

  it('agrees with normalizeWindow', () => {
    const normalization = { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] } as const;
    const window = { top: 1, left: 1, height: 2, width: 3 };
    const resampled = applyAugmentation(picture, { ...nothing(picture), window }, [2, 3], normalization);
    expect(pixelsOf(resampled)).toEqual(pixelsOf(normalizeWindow(picture, window, normalization)));
  });

  it('follows torch’s affine_grid and grid_sample', () => {
    // The reference: theta = [[s·cos r·f, -s·sin r, tx], [s·sin r·f, s·cos r, ty]] in coordinates from -1 to 1.
    const square = coordinates(8, 8);
    const [s, r, f, tx, ty] = [0.85, 0.2, -1, 0.1, -0.05] as const;
    const draw = { ...nothing(square), scale: s, rotation: r, flip: true, shift: [tx / 2, ty / 2] as const };
    const got = pixelsOf(applyAugmentation(square, draw, [8, 8], plain));
    for (const [column, row] of [
      [2, 3],
      [5, 4],
      [3, 6],
    ] as const) {
      const [x, y] = [(2 * column + 1) / 8 - 1, (2 * row + 1) / 8 - 1];
      const sourceX = s * Math.cos(r) * f * x - s * Math.sin(r) * y + tx;
      const sourceY = s * Math.sin(r) * f * x + s * Math.cos(r) * y + ty;
      const [red = 0, green = 0] = got[row * 8 + column] ?? [];
      expect(red).toBeCloseTo(((sourceX + 1) * 8 - 1) / 2, 3);
      expect(green).toBeCloseTo(((sourceY + 1) * 8 - 1) / 2, 3);
    }
  });
});

describe('drawAugmentation', () => {
  const size = { height: 30, width: 50 };
  const centre = { top: 5, left: 15, height: 20, width: 20 };
  const draws = (options: unknown, count = 500): Augmentation[] =>
    Array.from({ length: count }, (_, seed) =>
      drawAugmentation(new RandomSource(seed), augmentSchema.parse(options), size, centre),
    );

  it('draws nothing by default', () => {
    expect(draws({}, 1)[0]).toEqual({ ...nothing({ ...size, data: new Float32Array() }), window: centre });
  });

  it('gives the same draw for the same seed', () => {
    const options = { crop: {}, flip: 0.5, affine: { rotate: 10 }, brightness: 0.1, color: 0.1 };
    expect(draws(options, 5)).toEqual(draws(options, 5));
  });

  it('keeps crops inside the picture, within the asked area and shape', () => {
    for (const { window } of draws({ crop: { scale: [0.2, 0.5], ratio: [0.8, 1.25] } })) {
      expect(window.top + window.height).toBeLessThanOrEqual(size.height);
      expect(window.left + window.width).toBeLessThanOrEqual(size.width);
      const share = (window.height * window.width) / (size.height * size.width);
      expect(share).toBeGreaterThan(0.17);
      expect(share).toBeLessThan(0.55);
    }
  });

  it('takes the largest central crop when none of the asked shape fits', () => {
    const [draw] = draws({ crop: { scale: [1, 1], ratio: [1, 1] } }, 1);
    expect(draw?.window).toEqual({ top: 0, left: 10, height: 30, width: 30 });
  });

  it('covers the ranges of the emoji recipe, and flips half of the time', () => {
    const many = draws({
      affine: { scale: [0.8, 1.2], rotate: 14.3, translate: 0.075 },
      flip: 0.5,
      brightness: 0.2,
      color: 0.2,
    });
    const range = (pick: (draw: Augmentation) => number): [number, number] => {
      const values = many.map(pick);
      return [Math.min(...values), Math.max(...values)];
    };
    const near = (got: [number, number], low: number, high: number): void => {
      expect(got[0]).toBeGreaterThanOrEqual(low);
      expect(got[0]).toBeLessThan(low + (high - low) * 0.05);
      expect(got[1]).toBeLessThanOrEqual(high);
      expect(got[1]).toBeGreaterThan(high - (high - low) * 0.05);
    };
    near(
      range((d) => d.scale),
      0.8,
      1.2,
    );
    near(
      range((d) => (d.rotation * 180) / Math.PI),
      -14.3,
      14.3,
    );
    near(
      range((d) => d.shift[0]),
      -0.075,
      0.075,
    );
    near(
      range((d) => d.brightness),
      0.8,
      1.2,
    );
    near(
      range((d) => d.color[2]),
      -0.2,
      0.2,
    );
    const flips = many.filter(({ flip }) => flip).length;
    expect(Math.abs(flips / many.length - 0.5)).toBeLessThan(0.07);
  });
});
