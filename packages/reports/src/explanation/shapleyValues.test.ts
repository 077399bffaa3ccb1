import { describe, expect, it } from 'vitest';
import { shapleyValues } from './shapleyValues.js';

describe('shapleyValues', () => {
  it('splits the glove game as Shapley did: the only left glove is worth four times each right one', () => {
    // Player 0 has a left glove, 1 and 2 a right one each; a pair is worth 6. Bits: 0b001 is player 0 alone.
    const worth = [0, 0, 0, 6, 0, 6, 0, 6];
    const values = shapleyValues(
      3,
      worth.map((value) => [value]),
    );
    [[4], [1], [1]].forEach(([value], player) => expect(values[player]?.[0]).toBeCloseTo(value ?? NaN, 12));
  });

  it('is the mean over all orders of arrival, output by output', () => {
    const game = [5, 7, 2, 11, 4, 1, 9, 30].map((value) => [value, value * value]);
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    const mean = [0, 1, 2].map((player) =>
      [0, 1].map((output) => {
        const added = orders.map((order) => {
          const before = order.slice(0, order.indexOf(player)).reduce((bits, other) => bits | (1 << other), 0);
          return (game[before | (1 << player)]?.[output] ?? NaN) - (game[before]?.[output] ?? NaN);
        });
        return added.reduce((sum, value) => sum + value, 0) / orders.length;
      }),
    );
    shapleyValues(3, game).forEach((values, player) =>
      values.forEach((value, output) => expect(value).toBeCloseTo(mean[player]?.[output] ?? NaN, 10)),
    );
  });

  it('gives all to a single player, and nothing to one who adds nothing', () => {
    expect(shapleyValues(1, [[0.5], [0.9]])[0]?.[0]).toBeCloseTo(0.4, 12);
    expect(shapleyValues(2, [[1], [3], [1], [3]])).toEqual([[2], [0]]);
  });

  it('refuses values of some subsets only', () => {
    expect(() => shapleyValues(2, [[0], [1], [2]])).toThrow(/every subset, 4 of them, got values.length=3/);
  });
});
