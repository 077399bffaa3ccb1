// The models that are measured, as specs, and random samples for them. Sizes are those of the emoji example and of
// BERT-base with ResNet-50; weights are random, which changes no cost.
import { RandomSource } from '@tessera/core';

const words = Array.from({ length: 900 }, (_, i) => `word${i}`);

/** The emoji example's MMBT: ResNet-18 blocks of width 16 on 32×32, 2×2 tokens, 2 layers × 128. */
export const emojiMmbt = {
  name: 'emoji-mmbt',
  modalities: {
    image: {
      encoder: 'resnet18',
      width: 16,
      stem: 'small',
      stemStride: 2,
      input: { size: 32 },
      pool: { grid: [2, 2] },
    },
    text: { encoder: 'wordpiece', maxTokens: 24 },
  },
  fusion: { type: 'bitransformer', hiddenSize: 128, numLayers: 2, numHeads: 4, maxPositions: 64 },
  heads: { group: { type: 'single-label', labels: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], dropoutRate: 0.1 } },
  training: { batchSize: 32, clipNorm: 1 },
};

/** BERT-base (12 × 768) with ResNet-50 on 224×224, a 3×3 grid and 32 text tokens; what fits into wasm's 4 GiB. */
export const largeMmbt = {
  name: 'bert-base-mmbt',
  modalities: {
    image: { encoder: 'resnet50', input: { size: 224 }, pool: { grid: [3, 3] } },
    text: { encoder: 'wordpiece', maxTokens: 32 },
  },
  fusion: { type: 'bitransformer', hiddenSize: 768, numLayers: 12, numHeads: 12 },
  heads: { group: { type: 'single-label', labels: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] } },
  training: { batchSize: 4 },
};

/** Random samples that a spec's encoders take. */
export function randomSamples(spec, count, seed = 1) {
  const random = new RandomSource(seed);
  const size = spec.modalities.image.input.size;
  const labels = spec.heads.group.labels;
  return Array.from({ length: count }, () => {
    const data = new Uint8Array(size * size * 3).map(() => random.integer(256));
    const text = Array.from(
      { length: spec.modalities.text.maxTokens - 2 },
      () => words[random.integer(words.length)],
    ).join(' ');
    return {
      inputs: { image: { width: size, height: size, channels: 3, data }, text },
      targets: { group: labels[random.integer(labels.length)] },
    };
  });
}
