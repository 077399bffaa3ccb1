import { describe, expect, it } from 'vitest';
import { shareBuffers, type Lifetime } from './shareBuffers.js';

/** Pseudorandom lifetimes, the same in every run. */
function lifetimes(count: number): Lifetime[] {
  let state = 7;
  const below = (limit: number): number => (state = (state * 48271) % 2147483647) % limit;
  return Array.from({ length: count }, () => {
    const from = below(200);
    return { bytes: 4 * (1 + below(1000)), from, to: from + below(20) };
  });
}

describe('sharing buffers', () => {
  it('gives tensors that are needed one after the other the same memory', () => {
    const chain = Array.from({ length: 10 }, (_, i) => ({ bytes: 400, from: i, to: i + 1 }));
    expect(shareBuffers(chain).buffers).toEqual([400, 400]);
  });

  it('never shares among tensors that one program uses, the last of one and the first of another', () => {
    const { places } = shareBuffers([
      { bytes: 8, from: 0, to: 3 },
      { bytes: 8, from: 3, to: 4 },
    ]);
    expect(places[0]).not.toBe(places[1]);
  });

  it('keeps apart what lives at the same time, in buffers that are large enough', () => {
    const tensors = lifetimes(300);
    const { buffers, places } = shareBuffers(tensors);
    for (const [i, a] of tensors.entries()) {
      expect(buffers[places[i] ?? -1]).toBeGreaterThanOrEqual(a.bytes);
      for (const [j, b] of tensors.entries()) {
        if (i !== j && places[i] === places[j]) expect(a.to < b.from || b.to < a.from).toBe(true);
      }
    }
  });

  it('needs little more than what lives at once', () => {
    const tensors = lifetimes(300);
    const alive = (at: number): number =>
      tensors.filter(({ from, to }) => from <= at && at <= to).reduce((sum, { bytes }) => sum + bytes, 0);
    const peak = Math.max(...Array.from({ length: 220 }, (_, at) => alive(at)));
    const used = shareBuffers(tensors).buffers.reduce((sum, bytes) => sum + bytes, 0);
    expect(used).toBeLessThan(1.5 * peak);
  });

  it('lists buffers from large to small', () => {
    const { buffers } = shareBuffers(lifetimes(100));
    expect([...buffers].sort((a, b) => b - a)).toEqual(buffers);
  });
});
