// `initialize` of a spec: values for the parameters below a path, from a saved run or a file.
import type { CheckpointReader } from '../checkpointReader.js';
import type { ParameterSource } from '../contracts/parameters.js';
import { SpecError, type SpecIssue } from '../errors.js';
import type { Logger } from '../logger.js';
import { suggestName } from '../nearest.js';
import { isUnder } from '../parameterStore.js';
import type { Model } from './model.js';

/** One entry of `initialize`, opened. */
interface Entry {
  /** Path below which parameters are taken. */
  readonly prefix: string;
  readonly location: string;
  readonly source: ParameterSource;
}

/** The sources that `initialize` names, as one. Where several lie above a path, the longest that has it counts. */
export class InitialValues implements ParameterSource {
  readonly description: string;
  private readonly entries: readonly Entry[];
  private readonly takenFrom = new Map<string, Entry>();

  constructor(entries: readonly Entry[]) {
    this.entries = [...entries].sort((a, b) => b.prefix.length - a.prefix.length);
    this.description = entries.map(({ prefix, location }) => `${location} (${prefix})`).join(', ');
  }

  read(path: string): ReturnType<ParameterSource['read']> {
    for (const entry of this.entries) {
      const given = isUnder(path, entry.prefix) ? entry.source.read(path) : undefined;
      if (!given) continue;
      this.takenFrom.set(path, entry);
      return given;
    }
    return undefined;
  }

  /**
   * Tells the user what a model that was built of these values took, and what it did not find.
   * @throws SpecError for a path that the model lacks or of which the source has nothing; the model is then disposed
   */
  report(model: Model, logger: Logger): void {
    const paths = model.parameters.list().map(({ path }) => path);
    const issues: SpecIssue[] = [];
    for (const entry of this.entries) {
      const finding = this.reportEntry(entry, paths, logger);
      if (finding) issues.push({ path: `initialize.${entry.prefix}`, message: finding });
    }
    if (issues.length === 0) return;
    model.dispose();
    throw new SpecError(issues);
  }

  /** What is wrong with an entry, if anything is. */
  private reportEntry(entry: Entry, paths: readonly string[], logger: Logger): string | undefined {
    const { prefix, location } = entry;
    const below = paths.filter((path) => isUnder(path, prefix));
    const [first] = below;
    if (first === undefined) {
      return `the model has no parameters below "${prefix}". ${suggestName(prefix, partsOf(paths))}`;
    }
    const taken = below.filter((path) => this.takenFrom.get(path) === entry);
    if (taken.length === 0) {
      const rule = `${location} must have parameters below "${prefix}", got none of ${below.length}, such as ${first}`;
      return `${rule}. Name the path that its parameters have, or another file.`;
    }
    logger.info(`initialize.${prefix}: ${taken.length} of ${below.length} parameters from ${location}.`);
    const missing = below.filter((path) => !this.takenFrom.has(path));
    if (missing.length > 0) {
      const shown = missing.slice(0, 3).join(', ') + (missing.length > 3 ? ', …' : '');
      logger.warn(`initialize.${prefix}: ${location} lacks ${missing.length} parameters, which start anew: ${shown}.`);
    }
    return undefined;
  }

  close(): void {
    for (const { source } of this.entries) source.close?.();
  }
}

/** The paths of encoders, fusion and heads that have parameters. */
const partsOf = (paths: readonly string[]): string[] => [
  ...new Set(paths.map((path) => /^(modalities\.[^.]+\.encoder|heads\.[^.]+|[^.]+)/.exec(path)?.[0] ?? path)),
];

/**
 * Opens every source that `initialize` names; relative locations start from `baseFolder`.
 * @throws CheckpointError for one that is not there
 */
export async function openInitialValues(
  initialize: Readonly<Record<string, string>>,
  reader: CheckpointReader,
  baseFolder: string,
): Promise<InitialValues> {
  const entries: Entry[] = [];
  try {
    for (const [prefix, location] of Object.entries(initialize)) {
      entries.push({ prefix, location, source: await reader.readParameters(resolvePath(baseFolder, location)) });
    }
  } catch (error) {
    for (const { source } of entries) source.close?.();
    throw error;
  }
  return new InitialValues(entries);
}

const resolvePath = (folder: string, path: string): string =>
  /^([/\\]|[A-Za-z]:|~)/.test(path) || folder === '.' ? path : `${folder}/${path}`;
