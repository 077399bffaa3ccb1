// Cards and explanations of small built models, with every kind of head.
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { createWorkbench, type Model, type Sample, type Split, type Workbench } from '@tessera/core';
import { fusionPlugin } from '@tessera/fusion';
import { objectivesPlugin } from '@tessera/objectives';
import { textPlugin } from '@tessera/text';
import { evaluateSplit, trainingPlugin, type Evaluation } from '@tessera/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { misplacedTags, resourcesOf, textOf } from '../../test/pages.js';
import { attentionAttribution, rolloutAttribution } from '../explanation/attribution.js';
import { clsAttention } from '../explanation/clsAttention.js';
import { modalityContributions } from '../explanation/modalityContributions.js';
import { exampleViews } from './exampleViews.js';
import { explanationHtml } from './explanationHtml.js';
import { inputViews } from './inputView.js';
import { reportHtml } from './reportHtml.js';

const workbench = createWorkbench({
  plugins: [textPlugin, fusionPlugin, objectivesPlugin, trainingPlugin],
}) as unknown as Workbench;

const samples: Sample[] = ['a cat', 'a <b>dog</b>', 'the saw', 'the file', 'a cat and a saw'].map((title, i) => ({
  id: i < 2 ? 'twice' : `s${i}`,
  inputs: { title, ...(i !== 2 && { body: `this is about ${title}` }) },
  targets: { kind: i < 2 ? 'pet' : 'tool', tags: i === 4 ? ['pet', 'tool'] : [], size: i / 2 },
  origin: `row ${i}`,
}));
const split: Split = { name: 'test', origin: 'memory', length: samples.length, sample: (i) => samples[i] as Sample };

let model: Model;
let evaluation: Evaluation;

const build = (encoder: string, fusion: Record<string, unknown>): Promise<Model> =>
  workbench.build(
    {
      name: 'tiny',
      modalities: { title: { encoder, maxTokens: 8 }, body: { encoder, maxTokens: 8 } },
      fusion,
      heads: { kind: { type: 'single-label' }, tags: { type: 'multi-label' }, size: { type: 'regression' } },
    } as never,
    { training: split },
  );

beforeAll(async () => {
  await setBackend('cpu');
  model = await build('wordpiece', {
    type: 'bitransformer',
    hiddenSize: 8,
    numLayers: 1,
    numHeads: 2,
    maxPositions: 16,
  });
  evaluation = await evaluateSplit(workbench, model, split);
});
afterAll(() => model.dispose());

const viewsOf = (head: string, count = 5) => {
  const of = evaluation.heads[head];
  if (!of) throw new Error(`no head ${head}`);
  return exampleViews(model, split, of, { count });
};

describe('exampleViews', () => {
  it('shows every sample with its inputs and attention, those that share an id too', async () => {
    const views = await viewsOf('kind');
    const titles = views.map(({ inputs }) => (inputs[0]?.preview as { text: string }).text);
    expect(new Set(titles)).toEqual(new Set(samples.map(({ inputs }) => inputs['title'])));
    for (const { inputs, attention, outcome } of views) {
      const [title] = inputs;
      const isPet = /cat$|dog/.test((title?.preview as { text: string }).text);
      expect(outcome.truth).toBe(isPet ? 'pet' : 'tool');
      expect(attention?.map(({ modality }) => modality)).toEqual(['title', 'body']);
    }
  });

  it('leaves an absent modality without a preview and without attention', async () => {
    const view = (await viewsOf('kind')).find(({ id }) => id === 's2');
    expect(view?.inputs[1]).toEqual({ modality: 'body' });
    expect(view?.attention?.[1]).toMatchObject({ tokens: [], total: 0 });
  });

  it('gives label sets their probabilities and true labels', async () => {
    const view = (await viewsOf('tags')).find(({ id }) => id === 's4');
    expect(view?.outcome.truth).toBe('pet, tool');
    expect(view?.outcome.probabilities.every(({ isTrue }) => isTrue)).toBe(true);
    expect((await viewsOf('tags')).find(({ id }) => id === 's3')?.outcome.truth).toBe('none');
  });

  it('gives real values with the truth and without probabilities', async () => {
    const view = (await viewsOf('size')).find(({ id }) => id === 's3');
    expect(view?.outcome).toMatchObject({ truth: '1.500', probabilities: [] });
    expect(view?.outcome.predicted).toMatch(/^-?\d+\.\d{3}$/);
    expect(view?.outcome).not.toHaveProperty('correct');
  });

  it('shows at most as many as asked for, and leaves no tensor behind', async () => {
    const before = memory().numTensors;
    expect(await viewsOf('kind', 2)).toHaveLength(2);
    expect(memory().numTensors).toBe(before);
  });

  it('does without attention where the fusion has none', async () => {
    const plain = await build('bow', { type: 'concat' });
    const { heads } = await evaluateSplit(workbench, plain, split);
    const views = await exampleViews(plain, split, heads['kind'] ?? { metrics: {}, table: {} as never, ids: [] });
    expect(views).toHaveLength(samples.length);
    expect(views.every((view) => !('attention' in view))).toBe(true);
    plain.dispose();
  });

  it('makes a report with every kind of head', async () => {
    const page = await reportHtml({
      title: 'tiny',
      finding: '',
      histories: [],
      evaluations: Object.entries(evaluation.heads).map(([title, { table }]) => ({ title, table })),
      examples: { title: 'samples', note: '', views: await viewsOf('size') },
      facts: [],
      specs: [],
    });
    expect(misplacedTags(page)).toEqual([]);
    expect(page).not.toContain('<b>dog');
    expect(textOf(page)).toContain('body: not given');
    expect(textOf(page)).toMatch(/-?\d\.\d{3} true: 1\.500/);
  });
});

describe('explanationHtml', () => {
  it('draws one sample with every head and every token', async () => {
    const sample = samples[1] as Sample;
    const attention = await clsAttention(model, await model.prepare(sample), 'all');
    const page = explanationHtml({
      model: 'tiny',
      id: sample.id,
      inputs: await inputViews(model, sample),
      outcomes: { kind: { predicted: 'pet', truth: 'pet', correct: true, probabilities: [] } },
      attributions: [attentionAttribution(attention, 'all'), rolloutAttribution(attention)],
      contributions: await modalityContributions(model, await model.prepare(sample)),
      facts: [['run', 'runs/tiny']],
    });
    expect(misplacedTags(page)).toEqual([]);
    expect(resourcesOf(page)).toEqual([]);
    expect(page).not.toContain('<b>dog');
    const text = textOf(page);
    expect(text).toContain('as the mean over the layers');
    expect(text).toContain('Head kind pet ✓ right');
    expect(text).toMatch(/Contribution of each modality, head kind probability of \S+ none \d+\.\d %.* all \d+\.\d %/);
    const numTokens = attention.modalities.reduce((sum, { tokens }) => sum + tokens.length, 1);
    expect(page.match(/<th scope="row"/g)).toHaveLength(2 * numTokens);
    expect(page.match(/<svg/g)).toHaveLength(2);
    expect(text).toContain('[CLS] and [SEP]');
  });
});
