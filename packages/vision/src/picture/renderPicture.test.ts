import { describe, expect, it } from 'vitest';
import { renderPicture } from './renderPicture.js';
import { placeWindow, roundHalfEven, type RenderPlan, type RgbPixels } from './renderPlan.js';

const plan = (changes: Partial<RenderPlan> = {}): RenderPlan => ({
  size: [2, 2],
  fit: 'stretch',
  resize: 2,
  region: 'centre',
  interpolation: 'bilinear',
  antialias: true,
  background: [255, 255, 255],
  ...changes,
});

/** A picture whose three channels all hold the given grey values. */
const grey = (height: number, width: number, values: readonly number[]): RgbPixels => ({
  height,
  width,
  data: Uint8Array.from(values.flatMap((value) => [value, value, value])),
});
const red = (data: Float32Array): number[] => [...data].filter((_, i) => i % 3 === 0);

const close = (value: number): unknown => expect.closeTo(value, 3);

describe('renderPicture', () => {
  it('leaves a picture of the right size as it is, with every filter', () => {
    const pixels = grey(2, 2, [1, 2, 3, 255]);
    for (const interpolation of ['bilinear', 'bicubic', 'box', 'nearest'] as const) {
      expect(red(renderPicture(pixels, plan({ interpolation })).data)).toEqual([1, 2, 3, 255]);
    }
  });

  it('averages blocks with the box filter, without rounding', () => {
    const pixels = grey(2, 4, [0, 1, 10, 20, 0, 0, 30, 40]);
    expect(red(renderPicture(pixels, plan({ size: [1, 2], interpolation: 'box' })).data)).toEqual([0.25, 25]);
  });

  it('enlarges a single pixel to any size', () => {
    const { data } = renderPicture(grey(1, 1, [77]), plan({ size: [3, 5] }));
    expect(red(data)).toEqual(new Array(15).fill(77));
  });

  it('weights by the triangle filter, normalised at the edge', () => {
    // 4 → 2: support 2; output 0 is centred at 1 and takes inputs 0 to 2 with weights .75, .75, .25.
    const { data } = renderPicture(grey(1, 4, [0, 70, 140, 210]), plan({ size: [1, 2] }));
    expect(data[0]).toBeCloseTo((0.75 * 70 + 0.25 * 140) / 1.75, 4);
    expect(data[3]).toBeCloseTo((0.25 * 70 + 0.75 * 140 + 0.75 * 210) / 1.75, 4);
  });

  it('without antialiasing takes two neighbours however much it reduces', () => {
    const { data } = renderPicture(grey(1, 8, [0, 0, 0, 100, 0, 0, 0, 200]), plan({ size: [1, 1], antialias: false }));
    expect(data[0]).toBeCloseTo(50, 4);
  });

  it('without antialiasing has the bicubic of torch, other than Pillow’s', () => {
    const pixels = grey(1, 5, [10, 250, 40, 0, 90]);
    // torch 2.15: interpolate(x, size=(1, W), mode='bicubic', antialias=False), clamped
    const reduced = plan({ size: [1, 3], interpolation: 'bicubic', antialias: false });
    expect(red(renderPicture(pixels, reduced).data)).toEqual([97.2222, 40, 59.4444].map(close));
    const enlarged = red(renderPicture(pixels, { ...reduced, size: [1, 7] }).data);
    expect(enlarged).toEqual([0, 171.2828, 222.5801, 40, 0, 33.586, 97.0846].map(close));
  });

  it('keeps bicubic results within 0 and 255', () => {
    const { data } = renderPicture(grey(1, 4, [0, 0, 255, 255]), plan({ size: [1, 16], interpolation: 'bicubic' }));
    expect(Math.min(...data)).toBe(0);
    expect(Math.max(...data)).toBe(255);
  });

  it('gives the same pixels for the centre and for the middle of the whole', () => {
    const pixels = grey(
      5,
      9,
      Array.from({ length: 45 }, (_, i) => (i * 37) % 256),
    );
    const crop = plan({ fit: 'crop', size: [3, 3], resize: 4 });
    const centre = renderPicture(pixels, crop);
    const whole = renderPicture(pixels, { ...crop, region: 'whole' });
    const window = placeWindow(5, 9, crop);
    for (let row = 0; row < 3; row++) {
      const from = ((window.top + row) * whole.width + window.left) * 3;
      expect([...centre.data.slice(row * 9, row * 9 + 9)]).toEqual([...whole.data.slice(from, from + 9)]);
    }
  });
});

describe('placeWindow', () => {
  it('cuts half pixels as torchvision does', () => {
    const torchvision = plan({ fit: 'crop', size: [224, 224], resize: 256 });
    expect(placeWindow(400, 596, torchvision)).toMatchObject({ resizedWidth: 381, top: 16, left: 78 });
    expect(placeWindow(200, 300, torchvision)).toMatchObject({ resizedWidth: 384, top: 16, left: 80 });
    expect([0.5, 1.5, 2.5, -0.5].map(roundHalfEven)).toEqual([0, 2, 2, -0]);
  });

  it('keeps the middle of a strip when asked for the whole', () => {
    const strip = placeWindow(1, 1_000_000, plan({ fit: 'crop', region: 'whole', resize: 10, size: [8, 8] }));
    expect(strip).toMatchObject({ height: 10, width: 30 });
  });
});
