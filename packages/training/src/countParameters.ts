import type { Model } from '@tessera/core';

/** Number of trained values. */
export const countParameters = (model: Model): number =>
  model.parameters.list('weight').reduce((sum, { shape }) => sum + shape.reduce((product, d) => product * d, 1), 0);
