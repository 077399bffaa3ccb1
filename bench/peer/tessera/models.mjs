// The jobs' models as specs. Sizes and rates are the defaults: BERT-base's, and those of torchvision's ResNet.
import { createWorkbench } from 'tessera';

/** The spec of a job; `input` says how pictures are brought to size. */
export function specOf(
  { model, classes, vocab, textTokens, batchSize, frozen = false, precision = 'float32' },
  input = {},
) {
  const heads = {
    label: { type: 'single-label', labels: Array.from({ length: classes }, (_, i) => `class ${i}`), dropoutRate: 0.1 },
  };
  const training = {
    epochs: 1,
    batchSize,
    precision,
    optimizer: { type: 'adamw', learningRate: 1e-5, weightDecay: 0.01 },
    ...(frozen && { freeze: { image: 1 } }),
  };
  const image = { encoder: 'resnet152', input };
  const shared = { name: model, heads, training };
  switch (model) {
    case 'bert':
      return {
        ...shared,
        modalities: { text: { encoder: 'bert', vocab, maxTokens: textTokens } },
        fusion: { type: 'concat' },
      };
    case 'resnet152':
      return { ...shared, modalities: { image }, fusion: { type: 'concat' } };
    case 'mmbt':
      return {
        ...shared,
        modalities: {
          image: { ...image, pool: { grid: [5, 5] } },
          text: { encoder: 'wordpiece', vocab, maxTokens: textTokens },
        },
        fusion: { type: 'bitransformer' },
      };
    default:
      throw new Error(`bench: unknown model ${model}`);
  }
}

/** A workbench on the job's backend, and its name with the versions. */
export async function openWorkbench({ backend, threads }) {
  const workbench = await createWorkbench({ threads, ...(backend && { backend }) });
  const { name, reason } = workbench.backend;
  return { workbench, versions: `Tessera, ${name}: ${reason}, ${threads} thread(s)` };
}

/** Random raw samples of a job's model: pixels of the size that the network takes, and as many words as fill the text. */
export function rawSamples({ model, batchSize, imageSize, textTokens, vocabulary, classes }) {
  const specials = model === 'bert' ? 2 : 0; // [CLS] and [SEP]; in MMBT the fusion sets them
  return Array.from({ length: batchSize }, (_, i) => {
    const inputs = { image: randomPixels(imageSize), text: randomText(textTokens - specials, vocabulary) };
    if (model === 'bert') delete inputs.image;
    if (model === 'resnet152') delete inputs.text;
    return { inputs, targets: { label: `class ${i % classes}` } };
  });
}

/** Random pixels of a square picture. */
export function randomPixels(size) {
  const data = Uint8Array.from({ length: size * size * 3 }, () => Math.floor(256 * Math.random()));
  return { width: size, height: size, channels: 3, data };
}

/** Random words of a vocabulary with this many entries. */
export const randomText = (numWords, vocabulary) =>
  Array.from({ length: numWords }, () => wordOf(Math.floor(Math.random() * (vocabulary - 5)))).join(' ');

/** A word of the vocabulary that ../inputs.mjs writes. */
export const wordOf = (index) => `w${index}`;
