import { SpecError, type ModalityShape } from '@tessera/core';
import { headSizeOf } from '@tessera/layers';
import { z } from 'zod';

const size = z.int().positive();
const rate = z.number().min(0).lt(1);

/** Options of the bottleneck fusion; the defaults are those of the paper's experiments, on ViT-Base. */
export const bottleneckConfig = z.strictObject({
  hiddenSize: size.default(768).describe('Width of every token state; a multiple of numHeads.'),
  numLayers: size.default(12).describe('Transformer layers of each modality.'),
  numHeads: size.default(12).describe('Attention heads of each layer.'),
  intermediateSize: size.optional().describe('Width of the feed-forward network; 4 × hiddenSize if left out.'),
  numBottlenecks: size.default(4).describe('Tokens through which the modalities exchange what they know.'),
  fusionLayer: z
    .int()
    .min(0)
    .default(8)
    .describe('Layers (from the first) in which modalities keep to themselves; the others read the bottleneck tokens.'),
  dropoutRate: rate.default(0.1).describe('Share of states dropped in training.'),
  attentionDropoutRate: rate.default(0.1).describe('Share of attention probabilities dropped in training.'),
  layerNormEpsilon: z.number().positive().default(1e-6).describe('Added to the variance in every LayerNorm.'),
});

/** Parsed options of the bottleneck fusion. */
export type BottleneckConfig = z.output<typeof bottleneckConfig>;

/**
 * Checks what the schema cannot.
 * @param path - where the fusion stands in the spec
 * @throws SpecError when options contradict each other or the modalities
 */
export function checkBottleneck(path: string, config: BottleneckConfig, modalities: readonly ModalityShape[]): void {
  const { hiddenSize, numHeads, numLayers, fusionLayer } = config;
  headSizeOf(path, hiddenSize, numHeads);
  if (fusionLayer > numLayers - 2 && modalities.length > 1) {
    throw new SpecError([
      {
        path: `${path}.fusionLayer`,
        message:
          `must leave two layers, one that fills the bottleneck tokens and one that reads them, got ` +
          `fusionLayer=${fusionLayer}, numLayers=${numLayers}. Use at most ${numLayers - 2}, or more layers.`,
      },
    ]);
  }
  const narrow = modalities.find(({ tokenSpace, tokenWidth }) => tokenSpace === 'fusion' && tokenWidth !== hiddenSize);
  if (narrow) {
    throw new SpecError([
      {
        path: `modalities.${narrow.modality}`,
        message: `tokens in the fusion's space must have its width, got tokenWidth=${narrow.tokenWidth}, hiddenSize=${hiddenSize}. Take them from its word table.`,
      },
    ]);
  }
}
