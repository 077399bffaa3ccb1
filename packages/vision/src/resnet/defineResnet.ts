import { defineEncoder, type Definition, type Encoder, type EncoderContext } from '@tessera/core';
import type { z } from 'zod';
import { toRenderPlan } from '../input/imageInputSchema.js';
import { ImagePreparation, type PreparedImage } from '../input/imagePreparation.js';
import { fitNormalization, resolveNormalization } from '../input/normalization.js';
import { imageDecoder, type ImageDecoder } from '../picture/imageDecoder.js';
import type { RawImage } from '../picture/rawImage.js';
import type { RenderPlan } from '../picture/renderPlan.js';
import { ResNet } from './resnet.js';
import { ResnetEncoder } from './resnetEncoder.js';
import { resnetPresets, type ResnetName } from './resnetPresets.js';
import { resnetSchema } from './resnetSchema.js';

type ResnetConfig = z.output<typeof resnetSchema>;

/** torchvision enlarges by 256/224 before the crop; small pictures are taken as they are. */
const planOf = ({ input, stem, augment }: ResnetConfig): RenderPlan =>
  toRenderPlan(input, {
    defaultResize: (size) => (stem === 'imagenet' ? Math.round((size * 256) / 224) : size),
    keepWhole: augment.crop !== undefined && input.fit === 'crop',
  });

/** Builds the encoder that a spec asks for. */
export function createResnetEncoder(
  name: ResnetName,
  config: ResnetConfig,
  decoder: ImageDecoder,
  context: Pick<EncoderContext, 'path' | 'parameters' | 'assets'>,
): ResnetEncoder {
  const { width, stem, stemStride, pool, augment, input } = config;
  const normalization = resolveNormalization(input.normalize, context.assets, context.path);
  const preparation = new ImagePreparation(decoder, { plan: planOf(config), normalization, augment });
  const network = new ResNet(context.parameters, { ...resnetPresets[name], width, stem, stemStride });
  return new ResnetEncoder(context.parameters.path, network, preparation, pool);
}

/** The encoder definition of one ResNet. */
export const defineResnet = <const TName extends ResnetName>(
  name: TName,
): Definition<
  'encoder',
  TName,
  typeof resnetSchema,
  Encoder<RawImage, PreparedImage>,
  Readonly<Record<never, never>>
> =>
  defineEncoder<RawImage, PreparedImage>()({
    name,
    summary: `ResNet-${name.slice('resnet'.length)} on pictures, pooled to a grid of tokens.`,
    config: resnetSchema,
    needs: { decoder: imageDecoder },
    input: 'file',
    medium: 'image',
    fit: async (config, source, { decoder }) =>
      config.input.normalize === 'dataset' ? fitNormalization(decoder, planOf(config), source) : {},
    create: (config, { decoder }, context) => createResnetEncoder(name, config, decoder, context),
  });
