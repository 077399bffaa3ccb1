import { z } from 'zod';
import { interpolations, type RenderPlan } from '../picture/renderPlan.js';

const pixels = z.int().min(1).max(4096);
const perChannel = (entry: z.ZodNumber) => z.tuple([entry, entry, entry]).readonly();

const normalizeSchema = z.union([
  z.enum(['imagenet', 'mmbt', 'dataset']),
  z.strictObject({
    mean: perChannel(z.number()).describe('Subtracted from pixels in [0, 1].'),
    std: perChannel(z.number().positive()).describe('What they are then divided by.'),
  }),
]);

const longerSide = (size: number | readonly [number, number]): number =>
  Math.max(...(typeof size === 'number' ? [size] : size));

/** `input`: how pictures are brought to the size and range the encoder takes. */
export const imageInputSchema = z
  .strictObject({
    size: z
      .union([pixels, z.tuple([pixels, pixels]).readonly()])
      .default(224)
      .describe('Size of what the encoder sees, in pixels: one side of a square, or [height, width].'),
    resize: pixels
      .optional()
      .describe(
        'Length of the shorter side before cropping. Default: 8/7 of size, as torchvision (256 for 224); with stem: small, size.',
      ),
    fit: z
      .enum(['crop', 'stretch'])
      .default('crop')
      .describe('crop: shorter side to `resize`, then the centre. stretch: to `size`, whatever the shape.'),
    interpolation: z
      .enum(interpolations)
      .default('bilinear')
      .describe('Filter for resizing, as Pillow and torchvision compute it; nearest is torchvision’s nearest-exact.'),
    antialias: z
      .boolean()
      .default(true)
      .describe(
        'Whether the filter grows with the reduction, as in Pillow. false: as torchvision on tensors without antialias.',
      ),
    background: perChannel(z.int().min(0).max(255))
      .default([255, 255, 255])
      .describe('Colour under transparent pixels, [red, green, blue] from 0 to 255.'),
    normalize: normalizeSchema
      .default('imagenet')
      .describe(
        'Mean and standard deviation by which pixels are normalised: those of imagenet or mmbt, those of the training pictures (dataset), or given ones.',
      ),
  })
  .refine(({ size, resize, fit }) => resize === undefined || fit === 'stretch' || resize >= longerSide(size), {
    path: ['resize'],
    message: 'must be at least as long as the longer side of size',
  });

/** Checked options of `input`. */
export type ImageInputOptions = z.output<typeof imageInputSchema>;

/** What an encoder adds to `input`. */
export interface RenderPlanOptions {
  /** Shorter side before cropping, for a given longer side of `size`; used when the spec says nothing. */
  readonly defaultResize: (size: number) => number;
  /** Whether augmentation crops, for which the whole picture is needed. */
  readonly keepWhole: boolean;
}

/** The plan that `input` asks for. */
export function toRenderPlan(input: ImageInputOptions, { defaultResize, keepWhole }: RenderPlanOptions): RenderPlan {
  const { size, fit, interpolation, antialias, background } = input;
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  return {
    size: [height, width],
    fit,
    resize: input.resize ?? defaultResize(longerSide(size)),
    region: keepWhole ? 'whole' : 'centre',
    interpolation,
    antialias,
    background,
  };
}
