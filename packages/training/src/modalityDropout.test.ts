import type { PreparedSample, Split } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { drawAbsent, lackableModalities } from './modalityDropout.js';

const sampleOf = (id: string, modalities: readonly string[]): PreparedSample => ({
  id,
  inputs: Object.fromEntries(modalities.map((modality) => [modality, 1])),
  targets: {},
  origin: id,
});
const many = Array.from({ length: 2000 }, (_, i) => sampleOf(String(i), ['image', 'text', 'sound']));
const idsOf = (samples: readonly PreparedSample[], positions: ReadonlySet<number> | undefined): string[] =>
  [...(positions ?? [])].map((position) => samples[position]?.id ?? '').sort();

describe('modality dropout', () => {
  it('drops each modality from its share of the samples', () => {
    const { image, text, ...others } = drawAbsent(many, { image: 0.25, text: 0.1 }, '1:0');
    expect((image?.size ?? 0) / many.length).toBeCloseTo(0.25, 1);
    expect((text?.size ?? 0) / many.length).toBeCloseTo(0.1, 1);
    expect(others).toEqual({});
  });

  it('never takes all that a sample has, and keeps any of them', () => {
    const samples = [...many, ...many.map(({ id }) => sampleOf(`text only ${id}`, ['text']))];
    const absent = drawAbsent(samples, { image: 1, text: 1, sound: 1 }, '1:0');
    const left = samples.map(({ inputs }, i) => Object.keys(inputs).filter((modality) => !absent[modality]?.has(i)));
    expect(left.every((kept) => kept.length === 1)).toBe(true);
    expect(new Set(left.slice(0, many.length).flat())).toEqual(new Set(['image', 'text', 'sound']));
    expect(left.slice(many.length).every(([kept]) => kept === 'text')).toBe(true);
  });

  it('draws for a sample the same in any batch, and anew in another epoch', () => {
    const shares = { image: 0.5 };
    const reversed = [...many].reverse();
    const dropped = idsOf(many, drawAbsent(many, shares, '1:0')['image']);
    expect(idsOf(reversed, drawAbsent(reversed, shares, '1:0')['image'])).toEqual(dropped);
    expect(idsOf(many, drawAbsent(many, shares, '1:1')['image'])).not.toEqual(dropped);
    expect(idsOf(many, drawAbsent(many, shares, '2:0')['image'])).not.toEqual(dropped);
  });
});

describe('the modalities that samples may lack', () => {
  const splitOf = (inputs: readonly Record<string, unknown>[]): Split => ({
    name: 'train',
    origin: 'memory',
    length: inputs.length,
    sample: (i) => ({ id: String(i), inputs: inputs[i] ?? {}, targets: {}, origin: String(i) }),
  });

  it('are those that are dropped and those that some sample has not', () => {
    const split = splitOf([
      { a: 1, b: 1, c: 1 },
      { a: 1, b: null, c: 1 },
    ]);
    expect(lackableModalities(['a', 'b', 'c', 'd'], split, { c: 0.1, a: 0 })).toEqual(new Set(['b', 'c', 'd']));
    expect(lackableModalities(['a'], split, {})).toEqual(new Set());
  });
});
