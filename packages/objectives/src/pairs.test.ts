// Pairs: the contrastive head, its loss and the figures of retrieval.
import '@tensorflow/tfjs-backend-cpu';
import { setBackend, sum, tensor1d, tensor2d, tidy, valueAndGrad, zeros, type Tensor2D } from '@tensorflow/tfjs-core';
import { ParameterStore, type HeadContext } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { contrastive, ContrastiveHead } from './heads/contrastiveHead.js';
import { InfoNceLoss } from './losses/infoNceLoss.js';
import { meanRecall, medianRank, recallAt, retrievalRanks, type PairTable } from './metrics/retrieval.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const views = [
  { modality: 'image', width: 3 },
  { modality: 'text', width: 2 },
];

function makeHead(options: object = {}, given: HeadContext['views'] = views) {
  const store = new ParameterStore(1);
  const context: HeadContext = {
    ...{ path: 'heads.pair', parameters: store.scope('heads.pair'), inputWidth: 5, assets: {} },
    ...(given && { views: given }),
  };
  const config = contrastive.config.parse({ embeddingSize: 2, ...options });
  return { store, head: new ContrastiveHead(config, context) };
}

describe('ContrastiveHead', () => {
  it('gives two embeddings whose products are their cosine over the temperature, at most a hundredfold', async () => {
    const { head, store } = makeHead({ temperature: 0.25 });
    const state = {
      pooled: zeros([1, 5]) as Tensor2D,
      views: [
        { modality: 'image', features: tensor2d([[1, 2, 3]]), present: tensor1d([1]) },
        { modality: 'text', features: tensor2d([[-4, 5]]), present: tensor1d([1]) },
      ],
    };
    const lengths = async (): Promise<number[]> => {
      const [a = 0, b = 0, c = 0, d = 0] = await head.logits(state).data();
      return [a * a + b * b, c * c + d * d];
    };
    for (const squared of await lengths()) expect(squared).toBeCloseTo(4, 5);
    store.assign('heads.pair.logScale', tensor1d([10]));
    for (const squared of await lengths()) expect(squared).toBeCloseTo(100, 3);
  });

  it('makes targets of samples with both sides: their group, or themselves', () => {
    const { head } = makeHead();
    const both = new Set(['image', 'text']);
    expect(head.targetOf({ id: 'a#1', group: 'a', present: both })).toBe('a');
    expect(head.targetOf({ id: 'a#1', present: both })).toBe('a#1');
    expect(head.targetOf({ id: 'a#1', group: 'a', present: new Set(['text']) })).toBeUndefined();
  });

  it('predicts an embedding of length 1 of each side that is there', () => {
    const { embeddings } = makeHead().head.decode(Float32Array.of(3, 4, 0, 0));
    expect(Object.keys(embeddings)).toEqual(['image']);
    embeddings['image']?.forEach((x, i) => expect(x).toBeCloseTo([0.6, 0.8][i] ?? NaN, 6));
  });

  it('asks for two modalities', () => {
    const three = [...views, { modality: 'sound', width: 1 }];
    expect(() => makeHead({}, three)).toThrow('heads.pair.between: must be two different modalities');
    expect(() => makeHead({ between: ['text', 'text'] }, three)).toThrow('got text, text');
    expect(makeHead({ between: ['sound', 'image'] }, three).head.labels[0]).toBe('sound 1');
  });
});

describe('InfoNceLoss', () => {
  const rows = [[1, 0, 2, 1], [0, 1, 1, -1], [9, 9, 9, 9]]; // prettier-ignore

  /** What the paper's pseudocode computes, for the first two rows. */
  const byHand = (): number[] => {
    const scores = [[2, 1], [1, -1]]; // prettier-ignore
    const entropy = (row: number[], own: number): number =>
      Math.log(row.reduce((total, x) => total + Math.exp(x), 0)) - (row[own] ?? NaN);
    return [0, 1].map((i) => {
      const column = scores.map((row) => row[i] ?? NaN);
      return (entropy(scores[i] ?? [], i) + entropy(column, i)) / 2;
    });
  };

  it('is the mean of two cross entropies over the pairs that have both sides', async () => {
    const present = tensor1d([1, 1, 0]);
    const { perSample } = new InfoNceLoss(4).terms(tensor2d(rows), zeros([3], 'int32'), present);
    const [first, second] = await perSample.data();
    const [one, two] = byHand();
    expect(first).toBeCloseTo(one ?? NaN, 5);
    expect(second).toBeCloseTo(two ?? NaN, 5);
  });

  it('has the gradient softmax minus identity, over both directions', async () => {
    const loss = valueAndGrad((x) =>
      tidy(() => sum(new InfoNceLoss(4).terms(x as Tensor2D, zeros([2], 'int32')).perSample)),
    );
    const { grad } = loss(tensor2d(rows.slice(0, 2)));
    const softmax = (a: number, b: number): number => 1 / (1 + Math.exp(b - a));
    // d/dscore[i][j] = (row softmax + column softmax) / 2 − [i = j], for scores [[2, 1], [1, −1]]
    const g00 = (softmax(2, 1) + softmax(2, 1)) / 2 - 1;
    const g01 = (softmax(1, 2) + softmax(1, -1)) / 2;
    const [d0, d1] = [g00 * 2 + g01 * 1, g00 * 1 + g01 * -1]; // times the second sides [2, 1] and [1, −1]
    const got = await grad.data();
    expect(got[0]).toBeCloseTo(d0, 5);
    expect(got[1]).toBeCloseTo(d1, 5);
  });
});

/** Pairs of embeddings on a line and beside it. */
const tableOf = (first: number[][], second: number[][], targets: number[]): PairTable => ({
  labels: ['a 1', 'a 2', 'b 1', 'b 2'],
  numSamples: targets.length,
  targets,
  scores: Float32Array.from(first.flatMap((row, i) => [...row, ...(second[i] ?? [])])),
});

describe('retrieval', () => {
  const east = [1, 0];
  const north = [0, 1];
  const northEast = [1, 1];

  it('ranks targets by their nearest sample, in both directions', () => {
    const table = tableOf([east, north, northEast], [north, [1, 0.2], [2, 3]], [1, 2, 3]);
    expect(retrievalRanks(table, 'forward')).toEqual([3, 3, 1]);
    expect(retrievalRanks(table, 'reverse')).toEqual([3, 3, 1]);
    expect(recallAt(table, 1, 'forward')).toBeCloseTo(1 / 3, 6);
    expect(medianRank(table, 'forward')).toBe(3);
    expect(meanRecall(table)).toBeCloseTo((1 / 3 + 1 + 1) / 3, 6);
  });

  it('counts samples of one target as one thing', () => {
    const table = tableOf([east, east, north], [east, east, northEast], [1, 1, 2]);
    expect(retrievalRanks(table, 'forward')).toEqual([1, 1, 1]);
  });

  it('gives embeddings that are all alike no credit', () => {
    const same = Array.from({ length: 5 }, () => east);
    const table = tableOf(same, same, [1, 2, 3, 4, 5]);
    expect(retrievalRanks(table, 'forward')).toEqual([3, 3, 3, 3, 3]);
    expect(recallAt(table, 1, 'forward')).toBe(0);
  });

  it('is undefined without samples', () => {
    const none = tableOf([], [], []);
    expect([recallAt(none, 5, 'reverse'), medianRank(none, 'forward'), meanRecall(none)]).toEqual([NaN, NaN, NaN]);
  });
});
