// A reader must understand all of a file: what it would pass over could be wrong without anybody noticing.
import type { Check } from './records.js';

/** Throws unless the fixture is of a kind. */
export function requireKind(fixture: unknown, kind: string): void {
  const got = (fixture as { kind?: unknown } | null)?.kind;
  if (got !== kind) throw new Error(`parity: expected a fixture of kind "${kind}", got ${JSON.stringify(got)}.`);
}

/** Throws when an object has a key that is not among the known ones. */
export function requireKnownKeys(object: object, known: readonly string[], where: string): void {
  const unknown = Object.keys(object).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`${where}: not understood: ${unknown.join(', ')}.`);
}

/** Keys that every file has and that are no cases. */
export const commonKeys = ['kind', 'about', 'name_prefix', 'reference_dtype', 'tolerance'];

/** The outcome of all checks of one file. */
export interface Summary {
  readonly what: string;
  /** Error of the check that is nearest to its tolerance, or furthest beyond it. */
  readonly worst: number;
  /** Tolerance of that check. */
  readonly tolerance: number;
  readonly cases: number;
}

/** The worst of some checks, relative to their tolerances. An error that is no number is worst of all. */
export function summarize(what: string, checks: readonly Check[]): Summary {
  if (checks.length === 0) throw new Error(`${what}: the fixture has no case.`);
  const share = ({ error, tolerance }: Check): number => (Number.isNaN(error) ? Infinity : error / tolerance);
  const worst = checks.reduce((a, b) => (share(b) > share(a) ? b : a));
  const error = Number.isNaN(worst.error) ? Infinity : worst.error;
  return { what: `${what}: ${worst.what}`, worst: error, tolerance: worst.tolerance, cases: checks.length };
}
