import { exampleModalities, type FusionCase } from '@tessera/testing';

const small = { hiddenSize: 8, numLayers: 2, numHeads: 2, intermediateSize: 12, maxPositions: 10 };

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
  concat: [
    { name: 'features side by side' },
    { name: 'hidden layers', options: { hiddenSizes: [7, 5], batchNorm: true } },
  ],
};
