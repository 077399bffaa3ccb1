import { z } from 'zod';
import { augmentSchema } from '../augment/augmentSchema.js';
import { imageInputSchema } from '../input/imageInputSchema.js';

const count = z.int().min(1).max(64);

/** Options of all ResNet encoders. */
export const resnetSchema = z.object({
  input: imageInputSchema.prefault({}).describe('Size, resizing and normalisation of pictures.'),
  stem: z
    .enum(['imagenet', 'small'])
    .default('imagenet')
    .describe(
      'imagenet: 7×7 convolution of stride 2 and 3×3 max-pooling of stride 2, as torchvision. small: one 3×3 convolution, for pictures of about 32 to 64 pixels.',
    ),
  stemStride: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe('Stride of the small stem: 1, or 2 for a quarter of the work.'),
  width: z
    .int()
    .min(1)
    .max(1024)
    .default(64)
    .describe(
      'Channels of the first layer; the four layers have 1, 2, 4 and 8 times as many. Pretrained weights have 64.',
    ),
  pool: z
    .strictObject({
      kind: z.enum(['average', 'max']).default('average').describe('How the values of a region become one.'),
      grid: z
        .tuple([count, count])
        .readonly()
        .default([1, 1])
        .describe(
          'Rows and columns of regions; each gives one token. Bins as in PyTorch, also where they do not divide.',
        ),
    })
    .prefault({})
    .describe('Adaptive pooling of the feature map to tokens.'),
  augment: augmentSchema.prefault({}).describe('Random changes of training pictures; none by default.'),
});
