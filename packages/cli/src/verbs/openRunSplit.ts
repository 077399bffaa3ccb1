import { DataError, type ResolvedSpec, type Split } from '@tessera/core';
import type { RunFolder } from '@tessera/training';
import type { Session } from '../session.js';
import { applyOverrides, parseOverride } from '../spec/overrides.js';

/** A run's data, with overrides of its spec. */
export async function openRunSplit(
  session: Session,
  run: RunFolder,
  split: string,
  set: readonly string[],
): Promise<{ split: Split; spec: ResolvedSpec }> {
  const saved = run.open();
  saved.close();
  const spec = session.workbench.resolve(applyOverrides(saved.spec, set.map(parseOverride)));
  const dataset = await session.workbench.openData(spec, run.read().baseFolder);
  const found = dataset.splits[split];
  if (!found)
    throw new DataError(`${run.path}: unknown split "${split}". Known: ${Object.keys(dataset.splits).join(', ')}.`);
  return { split: found, spec };
}
