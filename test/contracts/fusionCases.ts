import { exampleModalities, type FusionCase } from '@tessera/testing';

const small = { hiddenSize: 8, numLayers: 2, numHeads: 2, intermediateSize: 12, maxPositions: 10 };

const bottlenecks = { hiddenSize: 8, numLayers: 2, numHeads: 2, intermediateSize: 12, numBottlenecks: 2 };

/** The bias of attention's keys shifts all scores of a query alike, which a softmax doesn't notice. */
const withoutGradient = /attention\.key\.bias$/;

/** A modality whose tokens are rows of the fusion's own word table. */
const ownWords = {
  modality: 'title',
  tokenWidth: 8,
  maxTokens: 5,
  fixedLength: false,
  tokenSpace: 'fusion',
  numParts: 1,
} as const;

/** Cases of the built-in fusions. */
export const fusionCases: Readonly<Record<string, readonly FusionCase[]>> = {
  bitransformer: [
    { name: 'as MMBT', options: small, modalities: [...exampleModalities, ownWords], withoutGradient },
    {
      name: 'without special tokens',
      options: { ...small, specialTokens: 'none', paddingSegment: 'own', projectionNorm: true },
      withoutGradient,
    },
    { name: 'cls+mean', options: { ...small, pooling: 'cls+mean' }, withoutGradient },
  ],
  gated: [
    { name: 'a gate for each of three', options: { hiddenSize: 5 }, modalities: [...exampleModalities, ownWords] },
    { name: 'one gate for two', options: { hiddenSize: 5 }, modalities: exampleModalities.slice(0, 2) },
  ],
  bottleneck: [
    {
      name: 'late and early fusion',
      options: { ...bottlenecks, numLayers: 3, fusionLayer: 1 },
      modalities: [...exampleModalities, ownWords],
      withoutGradient,
    },
    { name: 'fusion in every layer', options: { ...bottlenecks, fusionLayer: 0 }, withoutGradient },
  ],
  late: [
    { name: 'features apart' },
    { name: 'hidden layers', options: { hiddenSizes: [7, 5], batchNorm: true }, smooth: false },
  ],
  concat: [
    { name: 'features side by side' },
    { name: 'hidden layers', options: { hiddenSizes: [7, 5], batchNorm: true } },
  ],
};
