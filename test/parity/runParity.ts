import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { checkFixture, kindOf } from './checkFixture.js';
import { isPassed, type Check } from './records.js';

/** What came of one file. */
export interface Outcome {
  readonly file: string;
  /** As the file names it; undefined when it can't be read. */
  readonly kind?: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** Numbers of comparisons, each of one array or figure. */
  readonly cases: number;
  /** The comparison nearest to its tolerance, or furthest beyond it. */
  readonly worst?: Check;
  /** Those beyond their tolerance. */
  readonly failures: readonly Check[];
  /** Why the file could not be compared, or not all of it. */
  readonly problem?: string;
}

/** The `*.json` files of a folder, by name; a path of a file is that file. */
export async function fixtureFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => join(path, name));
}

/** Runs one file on the current backend; undefined for a manifest, which holds no case. Never throws. */
export async function runFile(path: string): Promise<Outcome | undefined> {
  const startedAt = performance.now();
  const outcome = { file: basename(path), cases: 0, failures: [] };
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  let kind: string | undefined;
  try {
    const document = JSON.parse(await readFile(path, 'utf8')) as unknown;
    kind = kindOf(document);
    if (kind === 'manifest') return undefined;
    const checks = await checkFixture(document, dirname(path));
    const failures = checks.filter((check) => !isPassed(check));
    return {
      ...outcome,
      kind,
      passed: failures.length === 0,
      seconds: seconds(),
      cases: checks.length,
      worst: worstOf(checks),
      failures,
    };
  } catch (error) {
    const problem = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
    return { ...outcome, ...(kind !== undefined && { kind }), passed: false, seconds: seconds(), problem };
  }
}

/** The check with the largest error relative to its tolerance; one whose error is no number is worst of all. */
function worstOf(checks: readonly Check[]): Check | undefined {
  const share = ({ error, tolerance }: Check): number => {
    if (error === 0) return 0;
    return Number.isNaN(error) ? Infinity : error / tolerance;
  };
  return [...checks].sort((a, b) => (share(a) === share(b) ? 0 : share(b) - share(a)))[0];
}
