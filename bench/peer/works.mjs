// What is measured beside PyTorch, as plain jobs that both sides read. `kind` names the module that does a job, in
// tessera/ and in pytorch/; `variants` are PyTorch's ways, of which the fastest is the 1.0; bars are the ratios aimed at.

const plain = [['eager'], ['compile']];
const layouts = [['eager'], ['channels_last'], ['compile'], ['compile', 'channels_last']];
const withFused = (variants) => [['eager'], ...variants.map((words) => [...words, 'fused'])];

/** Sizes of a full run, and of one that shows in minutes whether everything works. */
export const sizes = {
  full: { batchSize: 8, pictures: 2000, samples: 100, repetitions: 1, epochs: 1 },
  quick: { batchSize: 2, pictures: 200, samples: 5, repetitions: 0.2, epochs: 0.05 },
};

/** What is aimed at with wasm and one thread beside PyTorch with one. */
export const wasmBars = { timeBar: 3, memoryBar: undefined };

/** The works of a size, by name. */
export function worksOf({ batchSize, pictures, samples, repetitions, epochs }) {
  const shared = { classes: 8, vocabulary: 30_522, textTokens: 64, imageSize: 224, batchSize };
  const times = (count) => Math.ceil(count * repetitions);
  const inference = { ...shared, kind: 'inference', warmUp: 3, repetitions: times(15) };
  const training = { ...shared, kind: 'training', warmUp: 3, repetitions: times(5), frozen: false };
  return {
    'bert-inference': {
      work: `BERT-base, batch ${batchSize} × 64 tokens: inference`,
      job: { ...inference, model: 'bert' },
      variants: plain,
      timeBar: 0.8,
      memoryBar: 1,
    },
    'bert-training': {
      work: `BERT-base, batch ${batchSize} × 64 tokens: training step with AdamW`,
      job: { ...training, model: 'bert' },
      variants: withFused(plain),
      timeBar: 0.7,
      memoryBar: 1.1,
    },
    'bert-training-bf16': {
      work: `BERT-base, batch ${batchSize} × 64 tokens: training step with AdamW, bf16-mixed beside autocast`,
      job: { ...training, model: 'bert', precision: 'bf16-mixed' },
      variants: withFused(plain),
    },
    'mmbt-training-bf16': {
      work: `MMBT (BERT-base + ResNet-152, 5×5 grid), batch ${batchSize}: training step, all trained, bf16-mixed beside autocast`,
      job: { ...training, model: 'mmbt', precision: 'bf16-mixed' },
      variants: [
        ['eager', 'fused'],
        ['channels_last', 'fused'],
      ],
    },
    'resnet-inference': {
      work: `ResNet-152, batch ${batchSize}, 224²: inference`,
      job: { ...inference, model: 'resnet152' },
      variants: layouts,
      timeBar: 0.9,
      memoryBar: 1,
    },
    'mmbt-frozen': {
      work: `MMBT (BERT-base + ResNet-152, 5×5 grid), batch ${batchSize}: training step, image tower frozen`,
      job: { ...training, model: 'mmbt', frozen: true },
      variants: withFused(layouts),
      timeBar: 0.75,
      memoryBar: 1.1,
    },
    'mmbt-training': {
      work: `MMBT (BERT-base + ResNet-152, 5×5 grid), batch ${batchSize}: training step, all trained`,
      job: { ...training, model: 'mmbt' },
      variants: withFused(layouts),
      timeBar: 0.85,
      memoryBar: 1.1,
    },
    latency: {
      work: 'MMBT, batch 1: JPEG file + text → probabilities',
      job: { ...shared, kind: 'latency', model: 'mmbt', warmUp: times(10), numPictures: times(10) + samples },
      variants: layouts,
      percentiles: [50, 99],
      timeBar: 0.8,
    },
    pictures: {
      work: `${pictures.toLocaleString('en')} JPEGs 500×400 → 224² normalised tensors`,
      job: { ...shared, kind: 'pictures', workers: 2, numPictures: pictures },
      variants: [['2 workers']],
      timeBar: 0.5,
    },
    start: {
      work: 'Process start → first prediction of a saved MMBT',
      job: { ...shared, kind: 'start', model: 'mmbt', numPictures: 1 },
      variants: [['mmap'], ['safetensors']],
      timeBar: 0.7,
    },
    weights: {
      work: 'MMBT from safetensors of BERT-base and ResNet-152, foreign names: ready',
      job: { ...shared, kind: 'weights', model: 'mmbt' },
      variants: [['assign'], ['copy']],
      timeBar: 1.3,
    },
    emoji: {
      work: `Emoji MMBT, ${epochs === 1 ? 'whole' : 'part of the'} training`,
      job: { kind: 'emoji', vocabulary: 1633, imageEpochs: Math.ceil(40 * epochs), mmbtEpochs: Math.ceil(20 * epochs) },
      variants: [['channels_last fused']], // compiling takes longer than the training
      timeBar: 0.7,
      memoryBar: 1,
    },
  };
}
