// Shapes: B batch, C outputs.
import { tensor1d, tensor2d, type Tensor } from '@tensorflow/tfjs-core';
import { isTesseraError, type AnyDefinition, type Loss, type TargetKind, type TargetStatistics } from '@tessera/core';
import { ContractError } from '../expectations.js';
import { createIn, homeOf, type PartSetting } from '../parts/partSetting.js';

/** How a loss is tried: with three outputs named a, b and c, for every kind of target that it takes. */
export interface LossCase extends PartSetting {
  /** Kinds of target to try; all that it takes if left out. */
  readonly targetKinds?: readonly TargetKind[];
}

/** A loss for one kind of target. */
export interface LossOfKind {
  readonly targetKind: LabelKind;
  readonly loss: Loss;
}

/** What {@link lossContract} looks at. */
export interface LossSubject {
  /** The loss for each kind of target that it takes. */
  readonly losses: readonly LossOfKind[];
  /** Losses that compare the pairs of a batch. */
  readonly pairLosses: readonly Loss[];
  dispose(): void;
}

/** Kinds of target by which a loss treats each sample for itself. */
export type LabelKind = Exclude<TargetKind, 'pair'>;

/** Outputs of a pair that losses are tried with: two embeddings of two numbers. */
export const pairOutputs = 4;

const kinds: readonly TargetKind[] = ['class-index', 'multi-hot', 'real', 'pair'];
const labels = ['a', 'b', 'c'];
const statistics: TargetStatistics = { numSamples: 10, counts: [5, 3, 2] };

/**
 * Creates a loss for each kind of target that it takes.
 * @throws ContractError when it takes none
 */
export async function lossSubject(definition: AnyDefinition, given: LossCase): Promise<LossSubject> {
  const losses: LossOfKind[] = [];
  const pairLosses: Loss[] = [];
  const disposals: (() => void)[] = [];
  const refusals: string[] = [];
  for (const targetKind of given.targetKinds ?? kinds) {
    const context = { path: 'heads.contract.loss', targetKind, statistics, ...outputsOf(targetKind) };
    try {
      const created = await createIn<Loss, 'loss'>(homeOf(definition, given), definition, given, context);
      disposals.push(created.dispose);
      if (created.part.targetKind !== targetKind) continue;
      if (targetKind === 'pair') pairLosses.push(created.part);
      else losses.push({ targetKind, loss: created.part });
    } catch (error) {
      if (!isTesseraError(error)) throw error;
      refusals.push(error.message);
    }
  }
  if (losses.length + pairLosses.length === 0) {
    throw new ContractError(`${definition.name}: must take one kind of target, got ${refusals.join(' ') || 'none'}`);
  }
  return { losses, pairLosses, dispose: () => disposals.forEach((dispose) => dispose()) };
}

const outputsOf = (targetKind: TargetKind): { numOutputs: number; labels: readonly string[] } =>
  targetKind === 'pair'
    ? { numOutputs: pairOutputs, labels: ['a 1', 'a 2', 'b 1', 'b 2'] }
    : { numOutputs: labels.length, labels };

/** Number of samples in {@link exampleTargets}. */
export const numSamples = 4;

/** The targets of four samples, as a head collates them; row by row as numbers. */
export const exampleTargets: Readonly<Record<LabelKind, readonly (readonly number[])[]>> = {
  'class-index': [[0], [2], [1], [0]],
  'multi-hot': [
    [1, 0, 0],
    [0, 1, 1],
    [1, 1, 1],
    [0, 0, 0],
  ],
  real: [
    [0.5, -1, 2],
    [1, 0, -0.3],
    [0, 0, 0],
    [-2, 1.5, 0.1],
  ],
};

/** Rows of targets as a head collates them. */
export const targetTensor = (targetKind: LabelKind, rows: readonly (readonly number[])[]): Tensor =>
  targetKind === 'class-index'
    ? tensor1d(rows.flat(), 'int32')
    : tensor2d(rows.flat(), [rows.length, labels.length], 'float32');

/** Logits [C] that stand for a target, at a distance of `size` from being undecided. */
export function rightLogits(targetKind: LabelKind, target: readonly number[], size: number): readonly number[] {
  if (targetKind === 'real') return target;
  if (targetKind === 'multi-hot') return target.map((on) => (on === 1 ? size : -size));
  return labels.map((_, c) => (c === target[0] ? size : -size));
}
