import { resolve } from 'node:path';
import { openRun } from '@tessera/training';

type Mapping = Readonly<Record<string, unknown>>;

/** Ending of the name of a model that grew. */
const grownEnding = '-grown';

/**
 * The spec of a run as one that others extend: its model has the run's parameters, vocabularies and labels, and what the
 * extending spec declares behind them. Paths of its data start from the folder of the extending spec.
 * @throws CheckpointError when it is no run, or a damaged one
 */
export function grownSpec(path: string): Mapping {
  const run = openRun(path);
  const saved = run.open();
  saved.close();
  const { initialize: _, plugins, ...spec } = saved.spec as Mapping;
  const data = spec['data'] ?? run.data;
  return {
    ...spec,
    // A packed run names modules, but not where they are.
    ...(plugins !== undefined && saved.runsModules !== false && { plugins }),
    name: `${run.read().name}${grownEnding}`,
    ...(data !== undefined && { data }),
    initialize: { '': { from: resolve(path), grow: true } },
  };
}
