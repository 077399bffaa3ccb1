import type { ParameterStore } from '@tessera/core';
import { ourPath, type Layout } from '@tessera/weights';

/** What a fixture says of its parameters beside their values. */
export interface NamedParameters {
  /** Shapes by PyTorch's names. */
  readonly state_dict: Readonly<Record<string, readonly number[]>>;
  /** Further names of the same tensors. */
  readonly state_dict_aliases?: Readonly<Record<string, string>>;
  /** Parameters whose gradient is 0 but for rounding, which softmax does not see. */
  readonly zero_in_theory?: readonly string[];
}

/** The model that a fixture's parameters were loaded into. */
export interface LoadedModel {
  readonly parameters: ParameterStore;
  readonly layout: Layout;
  /** For what the reference stores and never uses, another name of the same shape. */
  readonly twinOf?: (name: string) => string | undefined;
}

/**
 * Requires that the model has exactly the parameters of the fixture, so that none keeps its random initial values, and
 * that the fixture's other lists speak of them. Their shapes were compared when they were loaded.
 */
export function requireSameNames(fixture: NamedParameters, { parameters, layout, twinOf }: LoadedModel): void {
  const { state_dict: shapes } = fixture;
  const unused = Object.keys(shapes).filter((name) => twinOf?.(name) !== undefined);
  const others = unused.filter((name) => shapes[name]?.join() !== shapes[twinOf?.(name) ?? '']?.join());
  const names = Object.keys(shapes).filter((name) => !unused.includes(name));
  const paths = new Map(names.map((name) => [name, ourPath(layout, name)]));
  const missing = names.filter((name) => parameters.find(paths.get(name) ?? '') === undefined);
  const given = new Set(paths.values());
  const extra = parameters.list().flatMap(({ path }) => (given.has(path) ? [] : [path]));
  const strays = [...Object.values(fixture.state_dict_aliases ?? {}), ...(fixture.zero_in_theory ?? [])].filter(
    (name) => !(name in shapes),
  );
  const faults = [
    ...missing.map((name) => `${name} is not in the model`),
    ...extra.map((path) => `${path} is not in the file`),
    ...others.map((name) => `${name} has another shape than ${twinOf?.(name) ?? ''}`),
    ...strays.map((name) => `${name} is not in state_dict`),
  ];
  if (faults.length > 0) throw new Error(`parameters differ: ${faults.slice(0, 3).join('; ')}.`);
}
