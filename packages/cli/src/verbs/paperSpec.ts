// `tessera init --recipe paper --task …`: MMBT as facebookresearch/mmbt trains it, in one commented file. The same model
// and its five baselines stand in examples/paper, which extend each other.

/** Tasks that the recipe is written for. */
export type PaperTask = 'mmimdb' | 'food101' | 'vsnli' | 'hateful-memes';

interface TaskText {
  readonly head: string;
  /** The hard test set, or a second one, as the data has it. */
  readonly further: string;
  /** Options of the text encoder and the field it reads. */
  readonly text?: string;
  readonly fields?: string;
  readonly metric?: string;
  readonly download: string;
}

const tasks: Readonly<Record<PaperTask, TaskText>> = {
  mmimdb: {
    head: '{ type: multi-label, loss: { type: bce, posWeight: auto } } # positives weigh samples / frequency',
    further: 'hard: data/test_hard_gt.jsonl } # with tessera data mmimdb --hard',
    download: 'downloads/mmimdb',
  },
  food101: {
    head: '{ type: single-label }',
    further: 'hard: data/test_hard_gt.jsonl } # with tessera data food101 --hard',
    download: 'downloads/UPMC_Food101',
  },
  vsnli: {
    head: '{ type: single-label }',
    further: 'hard: data/test_hard.jsonl } # made of snli_1.0_test_hard.jsonl',
    text: ', pairs: true',
    fields: ', text: { together: [sentence1, sentence2] }',
    download: 'downloads/snli_1.0 --flickr downloads/flickr30k-images',
  },
  'hateful-memes': {
    head: '{ type: single-label, labels: [not hateful, hateful], metrics: [roc-auc, accuracy] }',
    further: 'unseen: data/test_unseen.jsonl } # of phase 2',
    metric: "  metric: label.roc-auc # the challenge's figure\n",
    download: 'downloads/hateful_memes',
  },
};

/** Where the task's data is downloaded to, in an example. */
export const downloadOf = (task: PaperTask): string => tasks[task].download;

/** The spec. */
export function paperSpecText(name: string, task: PaperTask): string {
  const { head, further, text = '', fields = '', metric = '' } = tasks[task];
  return `# ${name}: MMBT for ${task}, sizes and optimisation of facebookresearch/mmbt.
name: ${name}
recipe: paper # training.*: bert-adam at 1e-4, warm-up 0.1 and linear decay for each parameter, halved on a plateau of 2;
# batches of 128 × 24, 100 epochs, patience 10, BatchNorm of the frozen tower in training mode. What stands below counts first.
published: { task: ${task}, model: mmbt } # the row of the paper's table that compare shows beside it
modalities:
  image:
    encoder: resnet152
    input: { normalize: mmbt } # shorter side to 256, centre of 224, the authors' mean and deviation
    pool: { kind: average, grid: [3, 1] } # 3 tokens
  text: { encoder: wordpiece, vocab: vocab.txt, lowercase: true, maxTokens: 511${text} }
fusion: { type: bitransformer } # BERT-base: 12 layers × 768
heads:
  label: ${head}
data:
  type: jsonl
  train: data/train.jsonl
  validation: data/dev.jsonl
  test: data/test.jsonl
  # splits: { ${further}
  id: id
  fields: { image: img${fields} }
training: # what the authors' README sets beside the defaults, for Food-101
  batchSize: 4
  accumulate: 40
  freeze: { image: 3, text: 5 } # epochs
  patience: 5
  seed: 1
  optimizer: { type: bert-adam, learningRate: 5e-5 }
  schedule: { type: plateau, epsilon: 2e-4 } # torch's eps of 1e-8 as a share of the rate
${metric}initialize:
  modalities.image.encoder: hf:timm/resnet152.tv_in1k # torchvision's first weights, which the authors took
  fusion: { from: hf:google-bert/bert-base-uncased, missing: fusion.projections.* }
`;
}
