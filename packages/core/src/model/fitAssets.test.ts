import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { splitOf, tinyPlugin } from '../../test/tinyParts.js';
import {
  defineEncoder,
  definePlugin,
  fitAssets,
  inversifyContainer,
  parseSpec,
  Registry,
  SpecError,
  token,
  tokenEmbeddings,
  type ResolvedSpec,
} from '../index.js';

const registry = new Registry([tinyPlugin]);
const resolve = (modalities: Readonly<Record<string, unknown>>, head: object = {}): ResolvedSpec =>
  parseSpec({ modalities, fusion: { type: 'table-mean' }, heads: { kind: { type: 'label', ...head } } }, registry);
const training = splitOf(
  [
    { title: 'ba', body: 'c', kind: 'cat' },
    { title: 'b', kind: 'dog' },
    { body: 'd', kind: 'cat' },
  ],
  ['title', 'body'],
  ['kind'],
);
const letters = { encoder: 'letters' };

describe('fitAssets', () => {
  it('lets parts learn from the training split, labels in order of first appearance', async () => {
    const assets = await fitAssets(resolve({ title: letters }), registry, { baseFolder: '.', training });
    expect(assets).toEqual({
      'modalities.title': { 'letters.txt': 'ba' },
      'heads.kind': { 'labels.json': '["cat","dog"]' },
    });
  });

  it('fits modalities of one encoder and equal options together', async () => {
    const assets = await fitAssets(resolve({ title: letters, body: letters }), registry, { baseFolder: '.', training });
    expect(assets['modalities.title']).toEqual({ 'letters.txt': 'bacd' });
    expect(assets['modalities.body']).toBe(assets['modalities.title']);
  });

  it('fits modalities of unequal options apart', async () => {
    const spec = resolve({ title: letters, body: { ...letters, alphabet: 'xyz' } });
    const assets = await fitAssets(spec, registry, { baseFolder: '.', training });
    expect(assets['modalities.title']).toEqual({ 'letters.txt': 'ba' });
    expect(assets['modalities.body']).toEqual({ 'letters.txt': 'xyz' });
  });

  it('fits modalities together that differ in options fitting does not go by', async () => {
    const cased = defineEncoder<string>()({
      name: 'cased',
      summary: '',
      config: z.object({ upper: z.boolean(), maxTokens: z.int() }),
      fitScope: 'encoder',
      fitOptions: ['upper'],
      fit: async (_config, { values }) => ({ seen: [...(values ?? [])].join(' ') }),
      create: () => {
        throw new Error('not created here');
      },
    });
    const all = new Registry([tinyPlugin, definePlugin({ name: 'cased', components: [cased] })]);
    const seenWith = async (title: object, body: object): Promise<unknown[]> => {
      const modalities = { title: { encoder: 'cased', ...title }, body: { encoder: 'cased', ...body } };
      const spec = { modalities, fusion: { type: 'mean' }, heads: { kind: { type: 'label' } } };
      const assets = await fitAssets(parseSpec(spec, all), all, { baseFolder: '.', training });
      return ['title', 'body'].map((name) => assets[`modalities.${name}`]?.['seen']);
    };
    const together = ['ba c b d', 'ba c b d'];
    expect(await seenWith({ upper: true, maxTokens: 1 }, { upper: true, maxTokens: 2 })).toEqual(together);
    expect(await seenWith({ upper: true, maxTokens: 1 }, { upper: false, maxTokens: 1 })).toEqual(['ba b', 'c d']);
  });

  it('needs no training data for what the options give', async () => {
    const spec = resolve({ title: { ...letters, alphabet: 'ab' } }, { labels: ['x', 'y'] });
    await expect(fitAssets(spec, registry, { baseFolder: '.' })).resolves.toEqual({
      'modalities.title': { 'letters.txt': 'ab' },
      'heads.kind': { 'labels.json': '["x","y"]' },
    });
  });

  it('names the option that is missing without training data', async () => {
    const fitting = fitAssets(resolve({ title: letters }), registry, { baseFolder: '.' });
    await expect(fitting).rejects.toThrow(SpecError);
    await expect(fitting).rejects.toThrow('modalities.title.alphabet: is required without training data.');
  });

  it('hands a part those of its needs that the workbench provides', async () => {
    const clock = token<{ now(): string }>('test.Clock', 'a clock');
    const seen: unknown[] = [];
    const timed = defineEncoder<string>()({
      name: 'timed',
      summary: '',
      config: z.object({}),
      needs: { clock, table: tokenEmbeddings },
      fit: async (_config, { baseFolder }, services) => {
        seen.push(baseFolder, services.clock?.now(), services.table);
        return {};
      },
      create: () => {
        throw new Error('not created here');
      },
    });
    const all = new Registry([tinyPlugin, definePlugin({ name: 'timed', components: [timed] })]);
    const container = inversifyContainer();
    container.bind(clock, { value: { now: () => 'noon' } });
    const spec = parseSpec(
      { modalities: { a: { encoder: 'timed' } }, fusion: { type: 'mean' }, heads: { size: { type: 'amount' } } },
      all,
    );
    await fitAssets(spec, all, { baseFolder: '/data', container });
    expect(seen).toEqual(['/data', 'noon', undefined]);
  });
});
