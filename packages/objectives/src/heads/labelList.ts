// Class names of a head: what they are learned from, how they are kept, and how a raw label finds its class.
import { DataError, SpecError, suggestName, type Assets, type FitSource } from '@tessera/core';

/** Asset that holds the class names: a JSON list, in output order. */
export const labelsFile = 'labels.json';

/** A raw label: text, or a number or boolean that stands for its text. */
export type RawLabel = string | number | boolean;

/** The classes of a head in output order. */
export class LabelList {
  private readonly indexByName: ReadonlyMap<string, number>;

  constructor(readonly names: readonly string[]) {
    this.indexByName = new Map(names.map((name, index) => [name, index]));
  }

  /** Reads {@link labelsFile}. Throws SpecError when it is missing or no list of text. */
  static fromAssets(assets: Assets, path: string): LabelList {
    const json = assets[labelsFile];
    const names = parseNames(json);
    if (names) return new LabelList(names);
    const got = json === undefined ? 'none' : JSON.stringify(json.slice(0, 60));
    throw new SpecError([{ path, message: `needs its class names as a JSON list in ${labelsFile}, got ${got}.` }]);
  }

  /** The class of a raw label. Throws DataError that names the label and what is known. */
  indexOf(label: unknown): number {
    if (!isRawLabel(label))
      throw new DataError(`a label must be text, a number, true or false, got ${JSON.stringify(label)}.`);
    const index = this.indexByName.get(String(label));
    if (index === undefined) {
      throw new DataError(`unknown label "${label}". ${suggestName(String(label), this.names)}`);
    }
    return index;
  }
}

/** What {@link fitLabels} looks for. */
export interface FitLabelsOptions {
  /** `labels` of the config. */
  readonly labels: readonly string[] | undefined;
  /** Fewest classes that make sense. */
  readonly atLeast: number;
  /** The labels in one raw target. */
  readonly labelsOf: (target: unknown) => readonly unknown[];
}

/**
 * The class names given in the config, else those of the training targets in order of first appearance, as
 * facebookresearch/mmbt has them.
 * @throws SpecError when there is neither, a name stands twice, there are fewer than `atLeast`, or no target is a label.
 */
export function fitLabels({ path, values }: FitSource, { labels, atLeast, labelsOf }: FitLabelsOptions): Assets {
  const names = labels ?? (values && namesIn(values, labelsOf, path));
  if (!names) {
    throw new SpecError([
      { path, message: 'needs class names, got neither labels nor training data. Give labels: [first, second].' },
    ]);
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new SpecError([{ path: `${path}.labels`, message: `must be different, got "${twice}" twice. Remove one.` }]);
  }
  if (names.length < atLeast) {
    const from = labels ? 'labels' : 'the training data';
    const message = `needs at least ${atLeast} classes, got ${names.length} (${names.join(', ')}) from ${from}.`;
    throw new SpecError([{ path, message: `${message} Add samples of other classes, or name all classes in labels.` }]);
  }
  return { [labelsFile]: JSON.stringify(names) };
}

/** The labels in targets, which may be read once only. */
function namesIn(targets: Iterable<unknown>, labelsOf: FitLabelsOptions['labelsOf'], path: string): readonly string[] {
  const names = new Set<string>();
  let other: unknown;
  for (const target of targets) {
    for (const label of labelsOf(target)) {
      if (isRawLabel(label)) names.add(String(label));
      else other ??= label;
    }
  }
  if (names.size === 0 && other !== undefined) throw noLabel(path, other);
  return [...names];
}

function noLabel(path: string, first: unknown): SpecError {
  const advice = Array.isArray(first) ? ' The head multi-label takes lists.' : '';
  const message = `needs labels that are text, numbers, true or false, got ${JSON.stringify(first)} first.${advice}`;
  return new SpecError([{ path, message }]);
}

const isRawLabel = (label: unknown): label is RawLabel => ['string', 'number', 'boolean'].includes(typeof label);

function parseNames(json: string | undefined): readonly string[] | undefined {
  if (json === undefined) return undefined;
  try {
    const names: unknown = JSON.parse(json);
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    return undefined;
  }
}
