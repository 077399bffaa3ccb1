import type { MultiLabelPrediction, RegressionPrediction, SingleLabelPrediction } from '@tessera/objectives';
import type { HeadCase, LossCase } from '@tessera/testing';

/** Cases of the built-in heads. */
export const headCases: Readonly<Record<string, readonly HeadCase[]>> = {
  'single-label': [
    {
      targets: ['cat', 'dog', 7],
      targetOf: ({ label }: SingleLabelPrediction) => label,
      faults: [
        { raw: 'dgo', names: '"dog"' },
        { raw: null, names: 'null' },
      ],
    },
    {
      name: 'given labels, hidden layer',
      smooth: false,
      options: { labels: ['cat', 'dog', 'bird'], hiddenSizes: [5], dropoutRate: 0.1 },
      targets: ['bird', 'cat', 'dog'],
      targetOf: ({ label }: SingleLabelPrediction) => label,
      faults: [{ raw: 'fish', names: 'fish' }],
    },
  ],
  'multi-label': [
    {
      targets: [['cat', 'dog'], 'dog', [], ['bird']],
      targetOf: ({ labels }: MultiLabelPrediction) => labels,
      faults: [{ raw: ['cat', 'fish'], names: 'fish' }],
    },
  ],
  contrastive: [
    {
      options: { embeddingSize: 3 },
      targets: ['1F600', '1F601', 'a fox'],
      targetOf: () => undefined,
      faults: [{ raw: 7, names: '7' }],
    },
  ],
  regression: [
    {
      name: 'one value',
      targets: [1.5, -2, '0.25'],
      targetOf: ({ values }: RegressionPrediction) => values['value'],
      faults: [
        { raw: 'much', names: 'much' },
        { raw: [1, 2], names: '2' },
        { raw: Number.NaN, names: 'NaN' },
      ],
    },
    {
      name: 'two values',
      targets: [
        [1, 2],
        [0, -0.5],
        [3, 4],
      ],
      targetOf: ({ values }: RegressionPrediction) => Object.values(values),
      faults: [{ raw: 1, names: '1' }],
    },
  ],
};

/** Cases of losses beside their default options. */
export const lossCases: Readonly<Record<string, readonly LossCase[]>> = {
  'cross-entropy': [
    {},
    { options: { classWeights: [1, 2, 0.5], labelSmoothing: 0.2 } },
    { options: { classWeights: 'auto' } },
  ],
  bce: [{}, { options: { posWeight: { b: 3 } } }, { options: { posWeight: 'auto' } }],
  focal: [
    {},
    { options: { gamma: 0 } },
    { options: { gamma: 0.5, alpha: 0.25 } },
    { options: { gamma: 1.5, alpha: [1, 2, 3] }, targetKinds: ['class-index'] },
  ],
};
