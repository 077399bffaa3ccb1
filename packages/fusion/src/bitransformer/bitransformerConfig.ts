import { SpecError, type ModalityShape, type SpecIssue } from '@tessera/core';
import { headSizeOf } from '@tessera/layers';
import { z } from 'zod';

const size = z.int().positive();
const rate = z.number().min(0).lt(1);

/** Options of the bitransformer; the defaults are BERT-base's. */
export const bitransformerConfig = z.strictObject({
  hiddenSize: size.default(768).describe('Width of every token state; a multiple of numHeads.'),
  numLayers: size.default(12).describe('Transformer layers.'),
  numHeads: size.default(12).describe('Attention heads of each layer.'),
  intermediateSize: size.optional().describe('Width of the feed-forward network; 4 × hiddenSize if left out.'),
  maxPositions: size.default(512).describe('Rows of the position table: the longest block with its special tokens.'),
  numSegments: size
    .optional()
    .describe('Rows of the segment table; one for each part of each modality, but at least 2, if left out.'),
  dropoutRate: rate.default(0.1).describe('Share of states dropped in training.'),
  attentionDropoutRate: rate.default(0.1).describe('Share of attention probabilities dropped in training.'),
  layerNormEpsilon: z.number().positive().default(1e-12).describe('Added to the variance in every LayerNorm.'),
  pooling: z
    .enum(['cls', 'cls+mean'])
    .default('cls')
    .describe(
      'What heads read: dense + tanh of the first token, or that and after it the mean of all real tokens’ last states (twice as wide).',
    ),
  projectionStd: z.number().positive().default(0.02).describe("Standard deviation of the projections' initial values."),
  projectionNorm: z.boolean().default(false).describe("LayerNorm after each modality's projection."),
  specialTokens: z
    .enum(['mmbt', 'none'])
    .default('mmbt')
    .describe('mmbt: [CLS] first and [SEP] between blocks; none: as Hugging Face’s MMBT without start and end tokens.'),
  paddingSegment: z
    .enum(['zero', 'own'])
    .default('zero')
    .describe(
      'Segment of padding: row 0 (facebookresearch/mmbt) or its block’s own (Hugging Face). Only the states at padding notice.',
    ),
});

/** Parsed options of the bitransformer. */
export type BitransformerConfig = z.output<typeof bitransformerConfig>;

/** Rows that the segment table needs: one for each part of each modality. */
export const countParts = (modalities: readonly ModalityShape[]): number =>
  modalities.reduce((sum, { numParts }) => sum + numParts, 0);

/**
 * Checks what the schema cannot: options against each other and against the modalities.
 * @param path - where the fusion stands in the spec
 * @throws SpecError with every fault
 */
export function checkBitransformer(
  path: string,
  config: BitransformerConfig,
  modalities: readonly ModalityShape[],
): void {
  headSizeOf(path, config.hiddenSize, config.numHeads);
  const issues = [...positionIssues(path, config, modalities), ...segmentIssues(path, config, modalities)];
  if (issues.length > 0) throw new SpecError(issues);
}

function positionIssues(path: string, config: BitransformerConfig, modalities: readonly ModalityShape[]): SpecIssue[] {
  const special = config.specialTokens === 'mmbt';
  return modalities.flatMap(({ modality, maxTokens }, i) => {
    const around = special ? Number(i === 0) + Number(i < modalities.length - 1) : 0;
    const needed = maxTokens + around;
    if (needed <= config.maxPositions) return [];
    return {
      path: `${path}.maxPositions`,
      message:
        `must hold the longest block, got maxPositions=${config.maxPositions}, and modality "${modality}" has up to ` +
        `${maxTokens} tokens and ${around} special ones. Use at least ${needed}, or fewer tokens.`,
    };
  });
}

function segmentIssues(path: string, config: BitransformerConfig, modalities: readonly ModalityShape[]): SpecIssue[] {
  const needed = countParts(modalities);
  if (config.numSegments === undefined || config.numSegments >= needed) return [];
  return [
    {
      path: `${path}.numSegments`,
      message:
        `must be at least the parts of all modalities, got numSegments=${config.numSegments} for ${needed}. ` +
        'Leave it out to have one for each.',
    },
  ];
}
