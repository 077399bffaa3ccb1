// Integrated gradients on a model whose integrals are known, and on a built one: completeness, and the check that
// attributions follow the weights (Adebayo et al. 2018, Sanity checks for saliency maps).
import '@tensorflow/tfjs-backend-cpu';
import { add, memory, mul, reshape, setBackend, square, sum, tensor2d, tensor3d } from '@tensorflow/tfjs-core';
import { createWorkbench, eagerRunner, type Model, type PreparedSample, type TokenBlock } from '@tessera/core';
import { fusionPlugin } from '@tessera/fusion';
import { objectivesPlugin } from '@tessera/objectives';
import { textPlugin } from '@tessera/text';
import { trainingPlugin } from '@tessera/training';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { integratedGradients, type GradientModel, type IntegratedGradients } from './integratedGradients.js';
import { modalityContributions } from './modalityContributions.js';
import { drawAnew, rankCorrelation } from '../../test/sanityCheck.js';

beforeEach(async () => {
  await setBackend('cpu');
});

const sample: PreparedSample = { id: 'one', inputs: { text: 'two words' }, targets: {}, origin: 'row 1' };
const words = ['two', 'words'].map((text) => ({ kind: 'text' as const, text }));

/** One block of the tokens (1, 2) and (3, 0); the second logit is 1 + the sum of their squares. */
const knownModel = {
  key: 'known/',
  runner: eagerRunner,
  heads: new Map([['price', { head: { labels: ['net', 'gross'] } }]]),
  encoders: new Map([['text', { describeTokens: () => words }]]),
  collate: () => ({ size: 1, inputs: {}, present: {}, targets: {}, labelled: {} }),
  encode: () => [
    {
      tokens: tensor3d([
        [
          [1, 2],
          [3, 0],
        ],
      ]),
      mask: tensor2d([[1, 1]]),
    },
  ],
  forwardBlocks: ([block]: TokenBlock[]) => {
    const squares = reshape(sum(square(block?.tokens ?? 0), [1, 2]), [-1, 1]);
    return { logits: { price: add(mul(squares, [[0, 1]]), [[7, 1]]) } };
  },
} as unknown as GradientModel;

describe('integratedGradients of a known function', () => {
  it('gives each token its own square, and nothing is left over', async () => {
    const { modalities, ...rest } = await integratedGradients(knownModel, sample, { head: 'price', output: 1 });
    const [text] = modalities;
    expect(text?.tokens.map(({ description }) => description)).toEqual(words);
    [5, 9].forEach((square, i) => expect(text?.tokens[i]?.attribution).toBeCloseTo(square, 4));
    expect(rest).toMatchObject({ head: 'price', output: 1, label: 'gross', steps: 32, baseline: 1, logit: 15 });
    expect(Math.abs(rest.gap)).toBeLessThan(1e-4);
  });

  it.each([
    ['cost', 0],
    ['price', 2],
  ])('refuses head %s, output %d, which the model lacks', async (head, output) => {
    await expect(integratedGradients(knownModel, sample, { head, output })).rejects.toThrow(
      `got head=${head}, output=${output}. Give one of price (2 outputs)`,
    );
  });
});

describe('integratedGradients of a built model', () => {
  const workbench = createWorkbench({ plugins: [textPlugin, fusionPlugin, objectivesPlugin, trainingPlugin] });
  const texts = ['a cat and a dog', 'the red saw'];
  const encoder = { encoder: 'wordpiece', maxTokens: 8 };
  const spec = {
    name: 'tiny',
    modalities: { title: encoder, body: encoder },
    fusion: { type: 'bitransformer', hiddenSize: 8, numLayers: 2, numHeads: 2, maxPositions: 32 },
    heads: { kind: { type: 'single-label' } },
  };
  const training = {
    name: 'train',
    origin: 'memory',
    length: texts.length,
    sample: (i: number) => ({
      id: String(i),
      inputs: { title: texts[i], body: texts[1 - i] },
      targets: { kind: ['pet', 'tool'][i] },
      origin: `sample ${i}`,
    }),
  };
  const output = { head: 'kind', output: 0 };
  let model: Model;
  let prepared: PreparedSample;
  beforeEach(async () => {
    model = (await workbench.build(spec as never, { training })) as unknown as Model;
    prepared = await model.prepare({ inputs: { title: 'a red cat', body: 'the saw and the dog' } });
  });
  afterEach(() => model.dispose());

  const attributions = ({ modalities }: IntegratedGradients): number[] =>
    modalities.flatMap(({ tokens }) => tokens.map(({ attribution }) => attribution));

  it('comes nearer to the logit the more steps it takes', async () => {
    const few = await integratedGradients(model, prepared, { ...output, steps: 4 });
    const many = await integratedGradients(model, prepared, { ...output, steps: 256 });
    expect(attributions(many)).toHaveLength(8);
    expect(many.logit).toBeCloseTo((await model.logits([prepared]))[0]?.['kind']?.[0] ?? NaN, 5);
    const moved = Math.abs(many.logit - many.baseline);
    expect(moved).toBeGreaterThan(0);
    expect(Math.abs(many.gap)).toBeLessThan(Math.abs(few.gap));
    expect(Math.abs(many.gap)).toBeLessThan(0.02 * moved);
  });

  it('gives an absent modality no token and nothing of the sum', async () => {
    const { modalities, gap, logit, baseline } = await integratedGradients(
      model,
      await model.prepare({ inputs: { title: 'a red cat' } }),
      { ...output, steps: 256 },
    );
    expect(modalities[1]).toEqual({ modality: 'body', tokens: [], total: 0 });
    expect(Math.abs(gap)).toBeLessThan(0.02 * Math.abs(logit - baseline));
  });

  it('leaves no tensor behind', async () => {
    const before = memory().numTensors;
    await integratedGradients(model, prepared, output);
    expect(memory().numTensors).toBe(before);
  });

  it.each(['fusion', 'heads'])('follows the weights: those of %s drawn anew give other attributions', async (part) => {
    const before = await integratedGradients(model, prepared, output);
    const shares = await modalityContributions(model, prepared);
    expect(attributions(await integratedGradients(model, prepared, output))).toEqual(attributions(before));
    const found: number[] = [];
    for (let seed = 1; seed <= 16; seed++) {
      drawAnew(model, part, seed);
      found.push(
        rankCorrelation(attributions(before), attributions(await integratedGradients(model, prepared, output))),
      );
      const other = await modalityContributions(model, prepared);
      expect(other['kind']?.modalities).not.toEqual(shares['kind']?.modalities);
    }
    // Attributions that ignored the weights would stay at 1; a head drawn anew as often turns them round as not.
    expect(found.reduce((total, value) => total + value, 0) / found.length).toBeLessThan(0.5);
  });
});
