// Against torchvision's Resize, CenterCrop and Normalize, on files that are enlarged and reduced.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { augmentSchema } from '../augment/augmentSchema.js';
import { sharpDecoder } from '../sharpDecoder.js';
import { imageInputSchema, toRenderPlan } from './imageInputSchema.js';
import { ImagePreparation } from './imagePreparation.js';
import { normalizations, type Normalization } from './normalization.js';

interface Summary {
  readonly shape: readonly [number, number, number];
  readonly l2: number;
  readonly samples: readonly number[];
}

interface Fixture {
  readonly images: readonly {
    readonly file: string;
    readonly pil: Readonly<Record<'cropped_uint8_hwc' | 'normalized_imagenet_chw' | 'normalized_mmbt_chw', Summary>>;
    readonly tensor_antialias: Readonly<Record<'cropped_unit_chw' | 'normalized_imagenet_chw', Summary>>;
    readonly tensor_no_antialias: Readonly<Record<'cropped_unit_chw' | 'normalized_imagenet_chw', Summary>>;
  }[];
}

const fixture = JSON.parse(readFileSync('test/fixtures/image_preprocessing.json', 'utf8')) as Fixture;
const decoder = sharpDecoder();
const unit: Normalization = { mean: [0, 0, 0], std: [1, 1, 1] };
const levels: Normalization = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };

async function prepare(file: string, normalization: Normalization, antialias = true): Promise<Float32Array> {
  const plan = toRenderPlan(imageInputSchema.parse({ antialias }), { defaultResize: () => 256, keepWhole: false });
  const preparation = new ImagePreparation(decoder, { plan, normalization, augment: augmentSchema.parse({}) });
  return (await preparation.prepare(`test/fixtures/${file}`, {})).pixels;
}

/** Our values where the samples of a summary stand; `chw` when it is channels first. */
function sampled(hwc: Float32Array, { shape, samples }: Summary, layout: 'hwc' | 'chw'): number[] {
  const plane = layout === 'chw' ? shape[1] * shape[2] : hwc.length / 3;
  return samples.map((_, k) => {
    const flat = Math.floor((k * (hwc.length - 1)) / 63);
    const place = layout === 'hwc' ? flat : (flat % plane) * 3 + Math.floor(flat / plane);
    return hwc[place] as number;
  });
}

const largestDifference = (got: readonly number[], want: readonly number[]): number =>
  Math.max(...got.map((value, i) => Math.abs(value - (want[i] as number))));
const rms = ({ l2, shape }: Summary): number => l2 / Math.sqrt(shape[0] * shape[1] * shape[2]);
const l2 = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

describe.each(fixture.images)('$file', ({ file, pil, tensor_antialias: smooth, tensor_no_antialias: plain }) => {
  it.each([
    ['antialiased', true, smooth],
    ['without antialias', false, plain],
  ] as const)('is resized as a tensor, %s', async (_, antialias, want) => {
    const cases = [
      [unit, want.cropped_unit_chw],
      [normalizations.imagenet, want.normalized_imagenet_chw],
    ] as const;
    for (const [normalization, summary] of cases) {
      const got = await prepare(file, normalization, antialias);
      expect(largestDifference(sampled(got, summary, 'chw'), summary.samples) / rms(summary)).toBeLessThan(1e-4);
      expect(l2(got) / summary.l2).toBeCloseTo(1, 5);
    }
  });

  it('is within one grey level of Pillow', async () => {
    const grey = await prepare(file, levels);
    const want = pil.cropped_uint8_hwc;
    expect(largestDifference(sampled(grey, want, 'hwc'), want.samples)).toBeLessThanOrEqual(1);
    for (const [name, summary] of [
      ['imagenet', pil.normalized_imagenet_chw] as const,
      ['mmbt', pil.normalized_mmbt_chw] as const,
    ]) {
      const normalization = normalizations[name];
      const got = await prepare(file, normalization);
      const level = 1 / 255 / Math.min(...normalization.std);
      expect(largestDifference(sampled(got, summary, 'chw'), summary.samples)).toBeLessThanOrEqual(level);
    }
  });
});
