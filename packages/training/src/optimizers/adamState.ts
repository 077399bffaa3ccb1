import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { UpdateInput } from '@tessera/core';

/** Slots of the optimizers of Adam's family: running means of the gradient and of its square. */
export const adamSlots = ['m', 'v'] as const;

/** 1 − β₁ᵗ and 1 − β₂ᵗ, t counting this update. */
export const biasCorrections = (
  [beta1, beta2]: readonly [number, number],
  updates: number,
): Record<string, number> => ({
  biasCorrection1: 1 - beta1 ** updates,
  biasCorrection2: 1 - beta2 ** updates,
});

/** The state that an update of Adam's family reads. */
export function adamState({ slots, scalars }: Pick<UpdateInput, 'slots' | 'scalars'>): {
  m: Tensor;
  v: Tensor;
  biasCorrection1: Scalar;
  biasCorrection2: Scalar;
} {
  const { m, v } = slots;
  const { biasCorrection1, biasCorrection2 } = scalars;
  if (m && v && biasCorrection1 && biasCorrection2) return { m, v, biasCorrection1, biasCorrection2 };
  throw new Error('adamState: slots m and v and the scalars of stepScalars are required.');
}
