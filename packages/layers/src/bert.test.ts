// Numbers against PyTorch: test/parity.
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tensor2d } from '@tensorflow/tfjs-core';
import { inferenceContext, ParameterStore } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Bert, BertBackbone } from './bert.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const sizes = {
  vocabSize: 11,
  padId: 0,
  hiddenSize: 8,
  numLayers: 1,
  numHeads: 2,
  intermediateSize: 16,
  maxPositions: 6,
  numSegments: 2,
  dropoutRate: 0.1,
  attentionDropoutRate: 0.1,
  layerNormEpsilon: 1e-12,
};
const makeBert = () => {
  const store = new ParameterStore(1);
  const bert = new Bert(store.scope('modalities.text.encoder'), sizes);
  return { store, bert };
};

describe('Bert', () => {
  it('names its parameters for freezing, groups and layouts', () => {
    const { store } = makeBert();
    const path = (name: string): string => `modalities.text.encoder.${name}`;
    expect(store.list().map((parameter) => parameter.path)).toEqual(
      [
        'embeddings.word.weight',
        'embeddings.position.weight',
        'embeddings.segment.weight',
        'embeddings.norm.weight',
        'embeddings.norm.bias',
        ...['query', 'key', 'value', 'output', 'norm'].flatMap((part) => [
          `layers.0.attention.${part}.weight`,
          `layers.0.attention.${part}.bias`,
        ]),
        ...['intermediate', 'output', 'norm'].flatMap((part) => [
          `layers.0.feedForward.${part}.weight`,
          `layers.0.feedForward.${part}.bias`,
        ]),
        'pooler.weight',
        'pooler.bias',
      ].map(path),
    );
  });

  it('decays matrices and tables, not biases and norms', () => {
    const decayed = makeBert()
      .store.list()
      .filter(({ decays }) => decays);
    expect(decayed.every(({ shape }) => shape.length === 2)).toBe(true);
    expect(decayed).toHaveLength(3 + 6 + 1);
  });

  it('has no pooler as a backbone', () => {
    const { bert, store } = makeBert();
    const own = new ParameterStore(1);
    const backbone = new BertBackbone(own.scope('modalities.text.encoder'), sizes);
    const paths = (from: ParameterStore): string[] => from.list().map((parameter) => parameter.path);
    expect(paths(own)).toEqual(paths(store).filter((path) => !path.includes('.pooler.')));
    const input = { ids: tensor2d([[3, 4, 0]], undefined, 'int32'), padMask: tensor2d([[1, 1, 0]]) };
    const [states, same] = [backbone, bert].map((model) => model.apply(input, inferenceContext()).states.arraySync());
    expect(states).toEqual(same);
  });

  it('pools the first token and leaves no tensors behind', () => {
    const { bert } = makeBert();
    const input = { ids: tensor2d([[3, 4, 0]], undefined, 'int32'), padMask: tensor2d([[1, 1, 0]]) };
    const step = (): void => {
      const { states, pooled } = bert.apply(input, inferenceContext());
      expect([states.shape, pooled.shape]).toEqual([
        [1, 3, 8],
        [1, 8],
      ]);
      states.dispose();
      pooled.dispose();
    };
    step();
    const before = memory().numTensors;
    step();
    expect(memory().numTensors).toBe(before);
  });
});
