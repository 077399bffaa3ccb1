import '@tensorflow/tfjs-backend-cpu';
import {
  ones,
  randomNormal,
  setBackend,
  sub,
  tensor2d,
  tidy,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { inferenceContext, ParameterStore, type FusionContext, type TokenBlock } from '@tessera/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { Bottleneck } from './bottleneck.js';
import { bottleneckConfig } from './bottleneckConfig.js';

beforeAll(async () => {
  await setBackend('cpu');
});

const small = { hiddenSize: 8, numLayers: 2, numHeads: 2, fusionLayer: 0, numBottlenecks: 2 };
const modalities: FusionContext['modalities'] = [
  { modality: 'image', tokenWidth: 3, maxTokens: 2, fixedLength: true, tokenSpace: 'encoder', numParts: 1 },
  { modality: 'text', tokenWidth: 8, maxTokens: 3, fixedLength: false, tokenSpace: 'fusion', numParts: 1 },
];

function make(options: z.input<typeof bottleneckConfig> = {}, given = modalities) {
  const store = new ParameterStore(7);
  const config = bottleneckConfig.parse({ ...small, ...options });
  return {
    store,
    fusion: new Bottleneck(config, { path: 'fusion', parameters: store.scope('fusion'), modalities: given }),
  };
}

const image = (): TokenBlock => ({
  tokens: randomNormal([1, 2, 3], 0, 1, 'float32', 1) as Tensor3D,
  mask: ones([1, 2]),
});
const text = (seed: number, mask: Tensor2D = ones([1, 3])): TokenBlock => ({
  tokens: randomNormal([1, 3, 8], 0, 1, 'float32', seed) as Tensor3D,
  mask,
});

/** Largest change of the joint state between two texts beside one picture. */
async function effectOfText(fusion: Bottleneck, mask?: Tensor2D): Promise<number> {
  const difference = tidy(() => {
    const [one, two] = [2, 3].map((seed) => fusion.fuse([image(), text(seed, mask)], inferenceContext()).pooled);
    return sub(one as Tensor2D, two as Tensor2D);
  });
  return Math.max(...(await difference.data()).map(Math.abs));
}

describe('Bottleneck', () => {
  it('has a transformer for each modality, and projects what is not in its space', () => {
    const paths = make()
      .store.list()
      .map(({ path }) => path);
    expect(paths).toContain('fusion.streams.text.layers.1.attention.query.weight');
    expect(paths).toContain('fusion.streams.image.projection.weight');
    expect(paths).not.toContain('fusion.streams.text.projection.weight');
    expect(paths).toContain('fusion.bottlenecks');
  });

  it('lets nothing of an absent modality through the bottleneck tokens', async () => {
    const { fusion } = make({ numLayers: 3 });
    expect(await effectOfText(fusion, tensor2d([[0, 0, 0]]))).toBe(0);
    expect(await effectOfText(fusion)).toBeGreaterThan(1e-3);
  });

  it.each([
    [{ fusionLayer: 1 }, 'fusion.fusionLayer: must leave two layers'],
    [{ numHeads: 3 }, 'fusion.hiddenSize: must be divisible by numHeads, got hiddenSize=8, numHeads=3'],
    [
      { hiddenSize: 16 },
      'modalities.text: tokens in the fusion’s space must have its width, got tokenWidth=8'.replace('’', "'"),
    ],
  ])('refuses %o', (options, message) => {
    expect(() => make(options)).toThrow(message);
  });

  it('refuses a block that is longer than declared', () => {
    const long: TokenBlock = { tokens: ones([1, 4, 8]), mask: ones([1, 4]) };
    expect(() => make().fusion.fuse([image(), long], inferenceContext())).toThrow(
      'Bottleneck: tokens of text must be [B, N, 8], N at most 3',
    );
  });
});
