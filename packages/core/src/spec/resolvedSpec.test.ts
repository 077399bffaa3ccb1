import { expect, it } from 'vitest';
import { tinyPlugin } from '../../test/tinyParts.js';
import { parseSpec, Registry, toPlainSpec } from '../index.js';

const registry = new Registry([tinyPlugin]);

it('a resolved spec, written out, resolves to itself', () => {
  const resolved = parseSpec(
    {
      name: 'round-trip',
      published: { task: 'films', model: 'sum' },
      modalities: { b: { encoder: 'numbers', pool: { kind: 'mean', size: 3 } }, a: { encoder: 'letters' } },
      fusion: { type: 'table-mean' },
      heads: {
        kind: { type: 'label', loss: 'cross-entropy', metrics: ['accuracy'], weight: 2 },
        size: { type: 'amount' },
      },
      data: { type: 'inline', train: [] },
      training: { epochs: 2, clipNorm: 1, optimizer: { type: 'adamw', learningRate: 1 }, freeze: { b: 1 } },
      initialize: { fusion: './run' },
    },
    registry,
  );
  const written = toPlainSpec(resolved);
  expect(parseSpec(JSON.parse(JSON.stringify(written)), registry)).toEqual(resolved);
  expect(Object.keys(written['modalities'] as object)).toEqual(['b', 'a']);
  expect(written['modalities']).toMatchObject({ b: { encoder: 'numbers', maxTokens: 4 } });
});

it('leaves out what was left out', () => {
  const spec = {
    modalities: { a: { encoder: 'numbers' } },
    fusion: { type: 'mean' },
    heads: { size: { type: 'amount' } },
  };
  const written = toPlainSpec(parseSpec(spec, registry));
  expect(Object.keys(written)).toEqual(['name', 'modalities', 'fusion', 'heads', 'training']);
  expect(written['heads']).toEqual({ size: { type: 'amount', weight: 1 } });
});
