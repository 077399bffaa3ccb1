// A part is saved as the values of its parameters and its text files; whatever else it holds is lost.
import { add, tensor, tidy } from '@tensorflow/tfjs-core';
import type { ParameterSource, ParameterStore, ShapedValues } from '@tessera/core';
import { randomNumbers } from '../checks/tensorReading.js';
import { ContractError, expectAgree, expectEqual } from '../expectations.js';

/** A part with parameters that can be created once more. */
export interface SavedSubject {
  readonly parameters: ParameterStore;
  /** The same part from saved parameters and text files, as a checkpoint gives them back. */
  restored(source: ParameterSource): Promise<this>;
  dispose(): void;
}

/**
 * Moves a part's parameters away from where they start, saves them, creates the part again from them and compares what
 * both give. Throws ContractError when that differs, or when the new part asks for other parameters.
 * @param read - what the part gives, in inference
 */
export async function expectRestored<TSubject extends SavedSubject>(
  subject: TSubject,
  read: (subject: TSubject) => Promise<ArrayLike<number>>,
  what: string,
): Promise<void> {
  moveParameters(subject.parameters);
  const expected = await read(subject);
  const again = await subject.restored(await savedValues(subject.parameters));
  try {
    expectEqual(pathsOf(again.parameters), pathsOf(subject.parameters), 'parameters of a part that is loaded');
    expectAgree(await read(again), expected, `${what} after saving and loading`, 0);
  } finally {
    again.dispose();
  }
}

const pathsOf = (parameters: ParameterStore): string[] => parameters.list().map(({ path }) => path);

/** Buffers upwards alone, since a running variance must stay above 0. */
function moveParameters(parameters: ParameterStore): void {
  for (const { path, role, shape, value } of parameters.list()) {
    const by = randomNumbers(value.size, path, 0.05);
    const moved = tidy(() => add(value, tensor(role === 'buffer' ? by.map(Math.abs) : by, [...shape])));
    parameters.assign(path, moved);
    moved.dispose();
  }
}

async function savedValues(parameters: ParameterStore): Promise<ParameterSource> {
  const saved = new Map<string, ShapedValues>();
  for (const { path, shape, value } of parameters.list()) {
    saved.set(path, { shape: [...shape], values: Float32Array.from(await value.data<'float32'>()) });
  }
  return {
    description: 'the saved part',
    read: (path) => {
      const values = saved.get(path);
      if (values) return values;
      throw new ContractError(
        `parameters: a part that is loaded must ask for those it was saved with, got ${path}, which is none of them. ` +
          'Build its path from the options alone.',
      );
    },
  };
}
