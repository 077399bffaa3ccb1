import type { Check } from './records.js';
import { trackReads } from './fixtureReads.js';
import { readers } from './readers.js';
import { inScope } from './tensors.js';

/** The kind that a parsed file names, or undefined. */
export function kindOf(document: unknown): string | undefined {
  const kind = (document as { kind?: unknown } | null)?.kind;
  return typeof kind === 'string' ? kind : undefined;
}

/**
 * Runs a parsed fixture on the current backend and compares every number in it. Leaves no tensors.
 * @param folder - where the files that the fixture names lie
 * @throws Error when the kind is unknown, the model can't be built, or the file says something that nobody read
 */
export async function checkFixture(document: unknown, folder: string): Promise<Check[]> {
  const kind = kindOf(document);
  const reader = kind !== undefined && Object.hasOwn(readers, kind) ? readers[kind] : undefined;
  if (!reader) {
    throw new Error(`unknown kind ${JSON.stringify(kind)}. Known: ${Object.keys(readers).join(', ')}.`);
  }
  const { view, unread } = trackReads({ name_prefix: '', ...(document as object) });
  const checks = await inScope(async () => reader(view as never, folder));
  if (checks.length === 0) throw new Error('there is nothing to compare in the file.');
  const left = unread();
  if (left.length > 0) throw new Error(`not understood: ${shorten(left)}.`);
  return checks;
}

const shorten = (paths: readonly string[]): string =>
  paths.slice(0, 4).join(', ') + (paths.length > 4 ? ` and ${paths.length - 4} more` : '');
