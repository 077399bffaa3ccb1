// Figures that papers print for the models and tasks of examples/paper. Only what could be read somewhere stands here, each
// with where it was read; what is missing is not known, not zero. Shares of 1, as figures are everywhere else.

/** A figure as a paper prints it. */
export interface PublishedFigure {
  /** Name of the metric, without a head. */
  readonly metric: string;
  /** Share of 1. */
  readonly value: number;
  /** What the paper gives after ±. */
  readonly deviation?: number;
}

/** What a paper prints for a model on the data of a task. */
export interface PublishedResult {
  /** `published` of the specs that it belongs to. */
  readonly task: string;
  readonly model: string;
  /** The split of ours that stands for the paper's test data. */
  readonly split: string;
  /** The paper's test data, in words. */
  readonly data: string;
  readonly figures: readonly PublishedFigure[];
  /** The paper, and where its figure was read. */
  readonly source: string;
}

const bitransformers =
  'Kiela et al., Supervised Multimodal Bitransformers (arXiv 1909.02950), as told in emergentmind.com/papers/1909.02950';
const food =
  'Kiela et al., Supervised Multimodal Bitransformers (arXiv 1909.02950), as told in Zou et al., UniS-MMC, table 2';
const memes =
  "Kiela et al., The Hateful Memes Challenge (arXiv 2005.04790), MMF's baselines on phase 1, as told in secondary sources";

const memeModel = (model: string, name: string, rocAuc: [number, number], accuracy: [number, number]) => ({
  task: 'hateful-memes',
  model,
  split: 'test',
  data: `test_seen of Hateful Memes, ${name}`,
  figures: [
    { metric: 'roc-auc', value: rocAuc[0], deviation: rocAuc[1] },
    { metric: 'accuracy', value: accuracy[0], deviation: accuracy[1] },
  ],
  source: memes,
});

/** All that is known. */
export const publishedResults: readonly PublishedResult[] = [
  {
    task: 'mmimdb',
    model: 'mmbt',
    split: 'test',
    data: 'test of MM-IMDB',
    figures: [{ metric: 'macro-f1', value: 0.616 }],
    source: bitransformers,
  },
  {
    task: 'food101',
    model: 'mmbt',
    split: 'test',
    data: 'test of UPMC Food-101',
    figures: [{ metric: 'accuracy', value: 0.921, deviation: 0.001 }],
    source: food,
  },
  memeModel('image', 'Image-Grid', [0.5263, 0.002], [0.52, 0.0104]),
  memeModel('bert', 'Text BERT', [0.6508, 0.0087], [0.592, 0.01]),
  memeModel('concat-bert', 'Concat BERT', [0.6579, 0.0109], [0.5913, 0.0078]),
  memeModel('mmbt', 'MMBT-Grid', [0.6792, 0.0087], [0.6006, 0.0097]),
];
