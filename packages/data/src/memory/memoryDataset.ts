import { DataError, type Dataset, type Sample, type Split } from '@tessera/core';
import { arraySplit } from '../table/arraySplit.js';

/**
 * A sample as a program has it. TInputs and TTargets may be the `InputsOf` and `TargetsOf` of a spec, so that the
 * compiler checks modalities and heads.
 */
export interface MemorySample<
  TInputs = Readonly<Record<string, unknown>>,
  TTargets = Readonly<Record<string, unknown>>,
> {
  /** Raw input by modality; one that is absent is left out. */
  readonly inputs: TInputs;
  /** Raw label by head. */
  readonly targets?: TTargets;
  /** Identifies the sample; `<split>:<number>` if left out. */
  readonly id?: string;
  /** Raw inputs that training may draw instead, by modality. */
  readonly alternatives?: Sample['alternatives'];
  /** Samples with the same group are draws of one thing. */
  readonly group?: string;
}

/** Keeps T from being inferred here. The `NoInfer` of the language is `any` to TypeScript before 5.4. */
type Given<T> = [T][T extends unknown ? 0 : never];

/**
 * A dataset over arrays, by split name (`train`, `validation`, `test`, …). Relative paths start from the current folder.
 * @throws DataError for a split without samples.
 */
export function memoryDataset<
  TInputs extends object = Readonly<Record<string, unknown>>,
  TTargets extends object = Readonly<Record<string, unknown>>,
  TName extends string = string,
>(
  splits: Readonly<Record<TName, readonly MemorySample<Given<TInputs>, Given<TTargets>>[]>>,
): Dataset & { readonly splits: Readonly<Record<TName, Split>> } {
  return {
    fingerprint: '',
    splits: Object.fromEntries(
      Object.entries<readonly MemorySample<TInputs, TTargets>[]>(splits).map(([name, samples]) => {
        if (samples.length === 0) {
          throw new DataError(
            `memoryDataset: a split must hold at least one sample, got none in "${name}". Leave it out.`,
          );
        }
        const complete = samples.map((sample, index): Sample => {
          const { inputs, targets = {}, id = `${name}:${index + 1}`, alternatives, group } = sample;
          return {
            id,
            inputs: withoutUndefined(inputs),
            targets: withoutUndefined(targets),
            origin: `${name}, sample ${index + 1}`,
            ...(alternatives && { alternatives }),
            ...(group !== undefined && { group }),
          };
        });
        return [name, arraySplit(name, name, complete)];
      }),
    ) as Record<TName, Split>,
  };
}

const withoutUndefined = (values: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
