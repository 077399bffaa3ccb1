// `initialize` of a spec: values for the parameters below a path, from a saved run or a file.
import type { CheckpointReader, InitialSource } from '../checkpointReader.js';
import type { ParameterSource, ShapedValues, WantedParameter } from '../contracts/parameters.js';
import { SpecError, type SpecIssue } from '../errors.js';
import type { Logger } from '../logger.js';
import { suggestName } from '../nearest.js';
import { fitsPattern } from '../pattern.js';
import type { AssetsByPath } from './fitAssets.js';
import { GrownFrom, widen } from './grownFrom.js';
import { isUnder } from '../parameterStore.js';
import type { ResolvedSpec } from '../spec/resolvedSpec.js';
import type { InitialChoice } from '../spec/schemas.js';
import type { Model } from './model.js';

/** One entry of `initialize`, opened. */
interface Entry {
  /** Path below which parameters are taken. */
  readonly prefix: string;
  readonly choice: InitialChoice;
  readonly source: InitialSource;
  /** The run that the model grew from, where it did. */
  readonly grown?: GrownFrom;
  /** What was read but does not fit, in words, by path. */
  readonly misshaped: Map<string, string>;
}

/** The sources that `initialize` names, as one. Where several lie above a path, the longest that has it counts. */
export class InitialValues implements ParameterSource {
  readonly description: string;
  private readonly entries: readonly Entry[];
  private readonly takenFrom = new Map<string, Entry>();

  constructor(entries: readonly Entry[]) {
    this.entries = [...entries].sort((a, b) => b.prefix.length - a.prefix.length);
    this.description = entries.map(({ prefix, choice }) => `${choice.from} (${prefix})`).join(', ');
  }

  read(path: string, wanted: WantedParameter): ShapedValues | undefined {
    for (const entry of this.entries) {
      const given = isUnder(path, entry.prefix) ? entry.source.read(path) : undefined;
      if (!given) continue;
      const fitting = fit(given, wanted) ?? (entry.grown && widen(given, wanted.shape));
      if (!fitting) {
        entry.misshaped.set(path, `${path} [${given.shape.join(', ')}] instead of [${wanted.shape.join(', ')}]`);
        return undefined;
      }
      this.takenFrom.set(path, entry);
      return fitting;
    }
    return undefined;
  }

  /** The spec with each source as exactly as it was found: a hub's repository at its revision. */
  pin(spec: ResolvedSpec): ResolvedSpec {
    const pinned = this.entries.flatMap(({ prefix, choice, source: { location } }) =>
      location === undefined ? [] : [[prefix, { ...choice, from: location }] as const],
    );
    return { ...spec, initialize: { ...spec.initialize, ...Object.fromEntries(pinned) } };
  }

  /** Vocabularies and labels of the runs that a model grew from, by part. */
  get assets(): AssetsByPath {
    return Object.assign({}, ...this.entries.map(({ grown }) => grown?.assets ?? {})) as AssetsByPath;
  }

  /**
   * Tells the user what a model that was built of these values took, and what it did not find.
   * @throws SpecError for a path that the model lacks, and for parameters that a source lacks without leave or has in
   * another shape; the model is then disposed
   */
  report(model: Model, logger: Logger): void {
    const paths = model.parameters.list().map(({ path }) => path);
    const issues: SpecIssue[] = [];
    for (const entry of this.entries) {
      const finding = this.reportEntry(entry, paths, logger);
      if (finding) issues.push({ path: placeOf(entry.prefix), message: finding });
    }
    if (issues.length === 0) return;
    model.dispose();
    throw new SpecError(issues);
  }

  /** What is wrong with an entry, if anything is. */
  private reportEntry(entry: Entry, paths: readonly string[], logger: Logger): string | undefined {
    const { prefix, choice, misshaped } = entry;
    const below = paths.filter((path) => isUnder(path, prefix));
    const [first] = below;
    if (first === undefined) {
      return `the model has no parameters below "${prefix}". ${suggestName(prefix, partsOf(paths))}`;
    }
    const taken = below.filter((path) => this.takenFrom.get(path) === entry);
    if (misshaped.size > 0) {
      return `${choice.from} must have arrays of the model's shapes, got ${shorten([...misshaped.values()])}. Give the spec the sizes that the file was made with, or name a path that leaves these out.`;
    }
    if (taken.length === 0) {
      const rule = `${choice.from} must have parameters below "${prefix}", got none of ${below.length}, such as ${first}`;
      return `${rule}. Name the path that its parameters have, or another file.`;
    }
    const anew = below.filter((path) => !this.takenFrom.has(path));
    const lacking = anew.filter((path) => entry.source.covers?.(path) ?? true);
    const missing = lacking.filter(
      (path) => !entry.grown?.isNew(path) && !choice.missing.some((pattern) => fitsPattern(path, pattern)),
    );
    if (missing.length > 0) {
      return `${choice.from} must have every parameter below "${prefix}", got none for ${missing.length} of ${below.length}: ${shorten(missing)}. Allow it with initialize: { ${prefix}: { from: ${choice.from}, missing: ["${missing[0] ?? ''}"] } }, or name another file.`;
    }
    this.tell(entry, { taken: taken.length, of: below.length, anew }, logger);
    return undefined;
  }

  private tell(
    { prefix, choice, source }: Entry,
    { taken, of, anew }: { taken: number; of: number; anew: readonly string[] },
    logger: Logger,
  ): void {
    const layout = source.layout === undefined ? '' : ` (${source.layout})`;
    const where = source.location ?? choice.from;
    const rest = anew.length > 0 ? `; ${anew.length} start anew: ${shorten(anew)}` : '';
    logger.info(`${placeOf(prefix)}: ${taken} of ${of} parameters from ${where}${layout}${rest}.`);
    const unused = source.unused?.() ?? [];
    if (unused.length > 0) {
      logger.warn(`${placeOf(prefix)}: ${where} has ${unused.length} arrays of no use here: ${shorten(unused)}.`);
    }
  }

  close(): void {
    for (const { source } of this.entries) source.close?.();
  }
}

/** Values of the wanted shape, or undefined. */
function fit(given: ShapedValues, { shape, adapt }: WantedParameter): ShapedValues | undefined {
  if (given.shape.length === shape.length && shape.every((size, axis) => size === given.shape[axis])) return given;
  const values = adapt?.(given, shape);
  return values && { shape, values };
}

/** Where an entry stands in the spec; the one of the whole model has no path. */
const placeOf = (prefix: string): string => (prefix === '' ? 'initialize' : `initialize.${prefix}`);

/** The first few of a list. */
const shorten = (names: readonly string[]): string => names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');

/** The paths of encoders, fusion and heads that have parameters. */
const partsOf = (paths: readonly string[]): string[] => [
  ...new Set(paths.map((path) => /^(modalities\.[^.]+\.encoder|heads\.[^.]+|[^.]+)/.exec(path)?.[0] ?? path)),
];

/**
 * Opens every source that `initialize` names; relative locations start from `baseFolder`.
 * @throws CheckpointError for one that is not there
 */
export async function openInitialValues(
  spec: Pick<ResolvedSpec, 'initialize' | 'modalities' | 'heads'>,
  { reader, logger, baseFolder }: { reader: CheckpointReader; logger: Logger; baseFolder: string },
): Promise<InitialValues> {
  const entries: Entry[] = [];
  try {
    for (const [prefix, choice] of Object.entries(spec.initialize)) {
      const { from, layout } = choice;
      const request = { prefix, logger, ...(layout !== undefined && { layout }) };
      const source = await reader.readParameters(resolvePath(baseFolder, from), request);
      const grown = choice.grow ? grownFrom(prefix, choice, { source, spec }) : undefined;
      entries.push({ prefix, choice, source, ...(grown && { grown }), misshaped: new Map() });
    }
  } catch (error) {
    for (const { source } of entries) source.close?.();
    throw error;
  }
  return new InitialValues(entries);
}

/** Places such as `hf:` and absolute paths stay as they are. */
const resolvePath = (folder: string, path: string): string =>
  /^([/\\]|[A-Za-z]+:|~)/.test(path) || folder === '.' ? path : `${folder}/${path}`;

/** Closes the source, and throws SpecError, when it is no run. */
function grownFrom(
  prefix: string,
  { from }: InitialChoice,
  { source, spec }: { source: InitialSource; spec: Pick<ResolvedSpec, 'modalities' | 'heads'> },
): GrownFrom {
  if (source.saved) return new GrownFrom(source.saved, spec);
  source.close?.();
  throw new SpecError([
    {
      path: `${placeOf(prefix)}.grow`,
      message: `a model can only grow from a run, got ${from}, which is a file of weights. Leave grow out, or name a run.`,
    },
  ]);
}
