import '@tensorflow/tfjs-backend-cpu';
import { memory, mul, setBackend, tidy } from '@tensorflow/tfjs-core';
import { createWorkbench, DataError, ShapeError, type Head, type Model } from '@tessera/core';
import { fusionPlugin } from '@tessera/fusion';
import { objectivesPlugin } from '@tessera/objectives';
import { textPlugin } from '@tessera/text';
import { trainingPlugin } from '@tessera/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contributionRows } from './contributionRows.js';
import { modalityContributions, type ContributionModel } from './modalityContributions.js';

const sampleOf = (names: readonly string[]) => ({
  id: 'one',
  inputs: Object.fromEntries(names.map((name) => [name, name])),
  targets: {},
  origin: 'row 1',
});

/** A model that is a table: the logits of each subset, by its modalities' names joined. */
function tableModel(
  names: readonly string[],
  logits: (shown: string) => readonly number[],
  head: Partial<Head>,
): ContributionModel {
  const whole = { labels: ['price'], numOutputs: 1, scores: (row: Float32Array) => row.slice(), ...head };
  return {
    encoders: new Map(names.map((name) => [name, {}])),
    heads: new Map([['value', { head: whole }]]),
    logits: (samples: readonly { inputs: object }[]) =>
      Promise.resolve(
        samples.map(({ inputs }) => ({ value: new Float32Array(logits(Object.keys(inputs).join('+'))) })),
      ),
  } as unknown as ContributionModel;
}
const real: Partial<Head> = { targetKind: 'real', encodePrediction: (row) => [...row] };
const prices: Record<string, number> = { image: 2, text: 3, 'image+text': 9 };
const priced = (names = ['image', 'text']): ContributionModel =>
  tableModel(names, (shown) => [prices[shown] ?? NaN], real);

describe('modalityContributions of known values', () => {
  it('halves what two modalities only give together', async () => {
    const { value } = await modalityContributions(priced(), sampleOf(['image', 'text']));
    // 9 = 2 + 3 and 4 together, 2 of which go to each.
    expect(value).toMatchObject({ none: [0], full: [9], modalities: { image: [4], text: [5] }, predicted: [0] });
    expect(value?.noneIs).toBe('logits of 0');
  });

  it('starts from the scores given for a sample without any modality', async () => {
    const { value } = await modalityContributions(priced(), sampleOf(['image', 'text']), { none: { value: [1] } });
    expect(value).toMatchObject({ none: [1], noneIs: 'as given', modalities: { image: [3.5], text: [4.5] } });
  });

  it('counts only the modalities that the sample has', async () => {
    const { value } = await modalityContributions(priced(), sampleOf(['text']));
    expect(value).toMatchObject({ full: [3], modalities: { text: [3] } });
  });

  it('leaves out heads that compare pairs', async () => {
    const pair = tableModel(['image'], () => [1], { ...real, targetKind: 'pair' });
    expect(await modalityContributions(pair, sampleOf(['image']))).toEqual({});
  });

  it('refuses more modalities than subsets can be run of, and scores that do not suit the head', async () => {
    const names = Array.from({ length: 11 }, (_, i) => `m${i}`);
    await expect(modalityContributions(priced(names), sampleOf(names))).rejects.toThrow(DataError);
    const given = modalityContributions(priced(), sampleOf(['text']), { none: { value: [1, 2] } });
    await expect(given).rejects.toThrow(ShapeError);
    await expect(given).rejects.toThrow(/head's outputs, 1, got none\.value\.length=2/);
  });

  it('gives rows that add up, signed', async () => {
    const worth: Record<string, number> = { image: 4, text: -1, 'image+text': 2 };
    const model = tableModel(['image', 'text'], (shown) => [worth[shown] ?? NaN], real);
    const { value } = await modalityContributions(model, sampleOf(['image', 'text']));
    expect(value && contributionRows(value, 0)).toEqual([
      { name: 'none', figure: '0.000' },
      { name: 'image', figure: '+3.500', share: 1 },
      { name: 'text', figure: '−1.500', share: -1.5 / 3.5 },
      { name: 'all', figure: '2.000' },
    ]);
  });
});

describe('modalityContributions of a built model', () => {
  const texts = ['a cat and a dog', 'the saw', 'a red saw'];
  const training = {
    name: 'train',
    origin: 'memory',
    length: texts.length,
    sample: (i: number) => ({
      id: String(i),
      inputs: { title: texts[i], body: texts[(i + 1) % 3], note: texts[(i + 2) % 3] },
      targets: { kind: ['pet', 'tool', 'other'][i], tags: [['old', 'new'][i % 2]] },
      origin: `sample ${i}`,
    }),
  };
  const encoder = { encoder: 'wordpiece', maxTokens: 8 };
  let model: Model;
  beforeAll(async () => {
    await setBackend('cpu');
    const workbench = createWorkbench({ plugins: [textPlugin, fusionPlugin, objectivesPlugin, trainingPlugin] });
    const built = await workbench.build(
      {
        name: 'tiny',
        modalities: { title: encoder, body: encoder, note: encoder },
        fusion: { type: 'bitransformer', hiddenSize: 8, numLayers: 2, numHeads: 2, maxPositions: 32 },
        heads: { kind: { type: 'single-label' }, tags: { type: 'multi-label' } },
      } as never,
      { training },
    );
    model = built as unknown as Model;
    // Larger parameters, so that predictions depend on what is shown.
    for (const { path, value } of model.parameters.list('weight'))
      tidy(() => model.parameters.assign(path, mul(value, path.includes('norm') ? 1 : 8)));
  });
  afterAll(() => model.dispose());
  const inputs = { title: 'a cat', body: 'the saw', note: 'a red dog' };

  /** Scores of one head where nothing but some modalities is given to the model. */
  const scoresOf = async (names: readonly (keyof typeof inputs)[], head: string): Promise<number[]> => {
    const shown = await model.prepare({ inputs: Object.fromEntries(names.map((name) => [name, inputs[name]])) });
    const [row] = await model.logits([shown]);
    return [...(model.heads.get(head)?.head.scores(row?.[head] ?? new Float32Array()) ?? [])];
  };

  it('sums to the prediction minus the value of no modality, for every output of every head', async () => {
    const heads = await modalityContributions(model, await model.prepare({ inputs }));
    expect(Object.keys(heads)).toEqual(['kind', 'tags']);
    expect(heads['kind']).toMatchObject({ noneIs: 'every class equally likely', labels: ['pet', 'tool', 'other'] });
    expect(heads['tags']).toMatchObject({ none: [0.5, 0.5], noneIs: 'every label as likely as not' });
    for (const [name, { none, modalities }] of Object.entries(heads)) {
      const predicted = await scoresOf(['title', 'body', 'note'], name);
      predicted.forEach((score, c) => {
        const shares = Object.values(modalities).map((values) => values[c] ?? NaN);
        expect(shares.reduce((sum, share) => sum + share, none[c] ?? NaN)).toBeCloseTo(score, 5);
        expect(Math.max(...shares.map(Math.abs))).toBeGreaterThan(1e-3); // not all zero
      });
    }
  });

  it('is the formula for two modalities on what the model says of each alone', async () => {
    const prepared = await model.prepare({ inputs: { title: inputs.title, body: inputs.body } });
    const { kind } = await modalityContributions(model, prepared);
    const [title, body, both] = await Promise.all([
      scoresOf(['title'], 'kind'),
      scoresOf(['body'], 'kind'),
      scoresOf(['title', 'body'], 'kind'),
    ]);
    both.forEach((all, c) => {
      const expected = ((title[c] ?? NaN) - 1 / 3 + all - (body[c] ?? NaN)) / 2;
      expect(kind?.modalities['title']?.[c]).toBeCloseTo(expected, 5);
    });
    expect(kind?.modalities).not.toHaveProperty('note');
  });

  it('leaves no tensor behind', async () => {
    const prepared = await model.prepare({ inputs });
    const before = memory().numTensors;
    await modalityContributions(model, prepared);
    expect(memory().numTensors).toBe(before);
  });
});
