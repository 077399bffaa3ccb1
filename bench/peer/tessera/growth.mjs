// A training step of a small MMBT whose text tokens, picture tokens, batch or modalities grow.
import { randomPixels, randomText } from './models.mjs';
import { measureSteps } from './training.mjs';

export function measure(job) {
  const { textTokens, imageTokens, batchSize, modalities, imageSize, vocabulary, vocab, classes } = job;
  const side = Math.sqrt(imageTokens);
  const image = {
    encoder: 'resnet18',
    ...{ width: 16, stem: 'small', input: { size: imageSize }, pool: { grid: [side, side] } },
  };
  const text = { encoder: 'wordpiece', vocab, maxTokens: textTokens };
  const chosen = Object.entries({ text, image, more_text: text, more_images: image }).slice(0, modalities);
  const spec = {
    name: 'growth',
    modalities: Object.fromEntries(chosen),
    fusion: { type: 'bitransformer', hiddenSize: 256, numLayers: 4, numHeads: 4, maxPositions: 520 },
    heads: { label: { type: 'single-label', labels: Array.from({ length: classes }, (_, i) => `class ${i}`) } },
    training: { epochs: 1, batchSize },
  };
  const samples = Array.from({ length: batchSize }, (_, i) => ({
    inputs: Object.fromEntries(
      chosen.map(([name, { encoder }]) => [
        name,
        encoder === 'wordpiece' ? randomText(textTokens, vocabulary) : randomPixels(imageSize),
      ]),
    ),
    targets: { label: `class ${i % classes}` },
  }));
  return measureSteps(job, spec, samples);
}
