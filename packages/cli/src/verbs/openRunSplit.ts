import { DataError, type ResolvedSpec, type Split } from '@tessera/core';
import type { SavedRun } from '@tessera/training';
import type { Session } from '../session.js';
import { applyOverrides, parseOverride } from '../spec/overrides.js';

/** A split of a run's data, with overrides of its spec. */
export async function openRunSplit(
  session: Session,
  run: SavedRun,
  split: string,
  set: readonly string[],
): Promise<{ split: Split; spec: ResolvedSpec }> {
  const { found, spec } = await openRunSplits(session, run, split, set);
  return { split: found, spec };
}

/** All splits of a run's data, of which one must be there. */
export async function openRunSplits(
  session: Session,
  run: SavedRun,
  split: string,
  set: readonly string[],
): Promise<{ splits: Readonly<Record<string, Split>>; found: Split; spec: ResolvedSpec }> {
  const saved = run.open();
  saved.close();
  const asked = applyOverrides(withData(saved.spec, run), set.map(parseOverride));
  const spec = session.workbench.resolve(await session.workbench.withSavedPlugins(saved, asked));
  const { splits } = await session.workbench.openData(spec, run.read().baseFolder);
  const found = splits[split];
  if (!found) throw new DataError(`${run.path}: unknown split "${split}". Known: ${Object.keys(splits).join(', ')}.`);
  return { splits, found, spec };
}

/** A packed run keeps where its data was apart from its spec. */
const withData = (spec: unknown, { data }: SavedRun): unknown =>
  data === undefined ? spec : { ...(spec as object), data };
