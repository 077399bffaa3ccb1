// What is drawn, where and in which colour; pictures are small files made here.
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { misplacedTags, resourcesOf, textOf } from '../../test/pages.js';
import type { Attribution } from '../explanation/attribution.js';
import type { InputView } from '../html/inputView.js';
import { attributionFigure, attributionSvg } from './attributionFigure.js';
import { heatColour, textOn } from './heatColours.js';
import { pictureSize } from './pictureSize.js';
import { textWidth } from './textWidth.js';

const pictureOf = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#c40' } });

const attribution = (change: Partial<Attribution> = {}): Attribution => ({
  method: 'any',
  title: 'Any <method>',
  note: '',
  quantity: 'added to "cat"',
  scale: 'signed',
  rest: {},
  modalities: [
    {
      modality: 'photo',
      total: 1,
      tokens: [-1, 2].map((value, column) => ({
        value,
        description: { kind: 'region', row: 0, column, rows: 1, columns: 2 },
      })),
    },
    { modality: 'title', total: -0.5, tokens: [{ value: -0.5, description: { kind: 'text', text: '<b>' } }] },
  ],
  ...change,
});

const inputs = async (width = 20, height = 20): Promise<InputView[]> => [
  {
    modality: 'photo',
    preview: { kind: 'image', mime: 'image/png', bytes: await pictureOf(width, height).png().toBuffer() },
  },
  { modality: 'title', preview: { kind: 'text', text: '<b>' } },
];

/** The cells over pictures: [x, y, width, height, fill]. */
const cellsOf = (svg: string): (string | undefined)[][] =>
  [...svg.matchAll(/<rect( x=[^>]*) stroke="#fff"\s*>/g)].map(([, attributes = '']) =>
    ['x', 'y', 'width', 'height', 'fill'].map((name) => new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1]),
  );

describe('attributionFigure', () => {
  it('lays a cell over each region of the picture, under one scale for all inputs', async () => {
    const svg = attributionFigure(attribution(), await inputs()).text;
    const [left, right] = cellsOf(svg);
    expect(left).toEqual(['0', '0', '95', '190', heatColour(-0.5)]);
    expect(right).toEqual(['95', '0', '95', '190', heatColour(1)]);
    const text = textOf(svg);
    for (const figure of ['photo: +1.000', 'title: −0.500', '−1.000', '+2.000', 'added to &quot;cat&quot;'])
      expect(text).toContain(figure);
    expect(text).toMatch(/−2\.000 +0 +\+2\.000/); // the scale's ends
    expect(svg).toContain(`fill="${heatColour(-0.25)}"`); // the word's box
  });

  it('puts the values of shares on a scale from 0', async () => {
    const shares = attribution({ scale: 'share', quantity: 'share' });
    const tokens = [{ value: 0.25, description: { kind: 'text', text: 'cat' } } as const];
    const svg = attributionFigure({ ...shares, modalities: [{ modality: 'title', total: 0.25, tokens }] }, []).text;
    expect(textOf(svg)).toMatch(/0 +13 % +25 % +share/);
    expect(svg).not.toContain(heatColour(-1));
  });

  it('is one whole element that loads nothing, and escapes what it is given', async () => {
    for (const svg of [
      attributionFigure(attribution(), await inputs()).text,
      attributionSvg(attribution(), await inputs()),
    ]) {
      expect(misplacedTags(svg)).toEqual([]);
      expect(resourcesOf(svg)).toEqual([]);
      expect(svg).not.toMatch(/<b>|<method>|NaN|undefined/);
    }
  });

  it('has ids of its own, so that several stand on one page', async () => {
    const ids = (id: string, svg: string): string[] =>
      [...svg.matchAll(/\bid="([^"]*)"/g)].map(([, each]) => each ?? '').filter((each) => each.startsWith(id));
    const given = await inputs();
    expect(ids('a-', attributionFigure(attribution(), given, { id: 'a' }).text)).toEqual(['a-0', 'a-0-ink']);
    expect(ids('b-', attributionFigure(attribution(), given, { id: 'b' }).text)).toEqual(['b-0', 'b-0-ink']);
  });

  it('draws what any encoder places by an area, with the ends of stretches of time', async () => {
    const tokens = [0, 1].map((i) => {
      const area = { left: i / 2, top: 0.5, width: 0.5, height: 0.25 };
      return {
        value: 1 - i,
        description: { kind: 'interval', from: i / 4, to: (i + 1) / 4, unit: 's', area } as const,
      };
    });
    const sound = attribution({ modalities: [{ modality: 'photo', total: 1, tokens }] });
    const svg = attributionFigure(sound, await inputs(400, 100)).text;
    expect(cellsOf(svg).map((cell) => cell.slice(0, 4))).toEqual([
      ['0', '55', '220', '27.5'],
      ['220', '55', '220', '27.5'],
    ]);
    expect(textOf(svg)).toMatch(/ 0 +0\.25 +0\.5 s/);
  });

  it('shows tokens as words where the preview is none to draw in', () => {
    const svg = attributionFigure(attribution(), [
      { modality: 'photo', preview: { kind: 'text', text: 'a.png' } },
    ]).text;
    expect(textOf(svg)).toContain('row 1, column 2'.split(' ')[0] ?? '');
    expect(svg).not.toContain('<image');
  });

  it('says which input is not given, and draws attributions that are all 0 or no numbers', async () => {
    const none = attribution({
      modalities: [
        { modality: 'photo', total: 0, tokens: [] },
        { modality: 'title', total: 0, tokens: [{ value: NaN, description: { kind: 'text', text: 'cat' } }] },
      ],
    });
    const svg = attributionFigure(none, [
      { modality: 'photo' },
      { modality: 'title', preview: { kind: 'text', text: 'cat' } },
    ]);
    expect(textOf(svg.text)).toContain('photo: (not given)');
    expect(svg.text).not.toMatch(/="[^"]*NaN/);
  });

  it('breaks long texts into lines and keeps within its width', () => {
    const tokens = Array.from({ length: 60 }, (_, i) => ({
      value: i,
      description: { kind: 'text', text: i === 30 ? 'w'.repeat(400) : `word${i}` } as const,
    }));
    const svg = attributionFigure(attribution({ modalities: [{ modality: 'title', total: 1, tokens }] }), []).text;
    expect(Number(/\bwidth="(\d+)"/.exec(svg)?.[1])).toBeLessThanOrEqual(760);
    expect(svg).toContain('w…');
  });

  it('is an SVG that a renderer other than a browser draws, picture included', async () => {
    const png = await sharp(Buffer.from(attributionSvg(attribution(), await inputs())))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): number[] => [...png.data.subarray(3 * (y * png.info.width + x)).subarray(0, 3)];
    expect(at(2, 2)).toEqual([255, 255, 255]);
    expect(at(50, 80)).toEqual([0xcc, 0x44, 0x00]); // the picture itself
    const [red = 0, , blue = 0] = at(230, 80); // its left cell takes away
    expect(blue).toBeGreaterThan(red);
  });
});

describe('heatColour', () => {
  it('is white at 0 and strongest at the ends, orange above and blue below', () => {
    expect([0, 1, -1, 0.5, -0.5].map(heatColour)).toEqual(['#ffffff', '#b35806', '#2166ac', '#fdb863', '#92c5de']);
    expect([7, -7, NaN].map(heatColour)).toEqual([heatColour(1), heatColour(-1), heatColour(0)]);
  });

  it('is darker the larger the value is, of either sign', () => {
    const light = (value: number): number => Number.parseInt(heatColour(value).slice(3, 5), 16); // green counts most
    for (const sign of [1, -1]) {
      const found = [0, 0.2, 0.4, 0.6, 0.8, 1].map((size) => light(sign * size));
      expect(found).toEqual([...found].sort((a, b) => b - a));
    }
  });

  it('has text on it with a contrast of 4.5 to 1 at least', () => {
    const luminance = (colour: string): number => {
      const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
      const [red = 0, green = 0, blue = 0] = parts.map((part) =>
        part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    for (let value = -1; value <= 1; value += 0.01) {
      const [dark = 0, light = 0] = [luminance(heatColour(value)), luminance(textOn(value))].sort((a, b) => a - b);
      expect((light + 0.05) / (dark + 0.05), String(value)).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe('pictureSize', () => {
  it('reads the sizes of picture files', async () => {
    const picture = pictureOf(30, 20);
    for (const file of [picture.png(), picture.jpeg(), picture.gif()])
      expect(pictureSize(await file.toBuffer())).toEqual([30, 20]);
  });

  it('knows nothing of other files, cut ones and empty ones', async () => {
    const jpeg = await pictureOf(30, 20).jpeg().toBuffer();
    for (const bytes of [
      new Uint8Array(),
      new Uint8Array(100),
      jpeg.subarray(0, 40),
      await pictureOf(3, 2).webp().toBuffer(),
    ])
      expect(pictureSize(bytes)).toBeUndefined();
  });
});

it('textWidth tells narrow letters from wide ones and counts no marks', () => {
  expect(textWidth('ill', 10)).toBeLessThan(textWidth('mmm', 10) / 2);
  expect(textWidth('e\u0301', 10)).toBe(textWidth('e', 10));
});
