// The loader takes part in the comparison: a fixture's weights go to the disk as PyTorch would save them, and come back
// as a user's would, their layout found out by their names.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ParameterSource } from '@tessera/core';
import { openWeights, writeSafetensors } from '@tessera/weights/node';
import { parameterOf, type FormulaOptions } from './formula.js';

/** Weights in a file for a while, under the paths of a model's parameters. */
export interface WrittenWeights extends ParameterSource {
  /** Names in the file that were not read and are not known to stand for nothing. */
  readonly unused: () => readonly string[];
  /** Closes and removes the file. */
  readonly close: () => void;
}

/** Writes a state dict (name → shape) with the formula's values as safetensors, and opens it. */
export async function writtenWeights(
  stateDict: Readonly<Record<string, readonly number[]>>,
  formula: FormulaOptions,
): Promise<WrittenWeights> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-parity-'));
  try {
    const file = join(folder, 'model.safetensors');
    const tensors = Object.entries(stateDict).map(([name, shape]) => ({
      name,
      shape,
      values: () => parameterOf(name, shape, formula),
    }));
    await writeSafetensors(file, tensors);
    const source = openWeights(file, { prefix: '' });
    return {
      ...source,
      unused: () => source.unused?.() ?? [],
      close: () => {
        source.close?.();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Requires that a model took every array. */
export function requireAllUsed({ unused }: WrittenWeights): void {
  const left = unused();
  if (left.length > 0) throw new Error(`arrays of the file are of no use: ${left.slice(0, 3).join(', ')}.`);
}
