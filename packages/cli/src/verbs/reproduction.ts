// Whether a second training of a run gave what the first gave: figure by figure, and the parameters.
import { parameterDifference, type RunFolder, type RunRecord } from '@tessera/training';

/** A figure of both trainings. */
export interface ComparedFigure {
  readonly name: string;
  /** Null where it is undefined. */
  readonly before: number | null;
  readonly again: number | null;
  readonly tolerance: number;
  readonly isWithin: boolean;
}

/** The outcome of training a run again. */
export interface Reproduction {
  /** Whether figures must be equal bit by bit. */
  readonly isExact: boolean;
  /** Why they need not, in words; empty where they must. */
  readonly differences: readonly string[];
  readonly figures: readonly ComparedFigure[];
  /** The largest difference of a parameter between both kept models; null where the models have other parameters. */
  readonly parameters: number | null;
  readonly isReproduced: boolean;
}

/** Backends that add numbers in the same order every time. Native TensorFlow does not: last digits differ from run to run. */
const repeatable: readonly string[] = ['cpu', 'wasm'];

/** Standard errors that a figure may be away from the run's where numbers are added in another order. */
export const errorsAllowed = 2;

/** The tolerance of a figure whose standard error is not known, as a share of it, or of 1 where it is smaller. */
export const shareAllowed = 0.05;

/** Compares a run with its second training. */
export function compareTrainings(run: RunFolder, second: RunFolder): Reproduction {
  const [before, again] = [run.read(), second.read()];
  const differences = environmentDifferences(before, again);
  const isExact = differences.length === 0;
  const [was, is] = [figuresOf(before), figuresOf(again)];
  const figures = [...new Set([...was.keys(), ...is.keys()])].map((name): ComparedFigure => {
    const pair = { before: was.get(name) ?? null, again: is.get(name) ?? null };
    const tolerance = isExact ? 0 : toleranceOf(name, pair.before, before);
    return { name, ...pair, tolerance, isWithin: isWithin(pair, tolerance) };
  });
  const parameters = parameterDifference(run, second);
  return {
    isExact,
    differences,
    figures,
    parameters,
    isReproduced: figures.every((figure) => figure.isWithin) && (!isExact || parameters === 0),
  };
}

/** What is not the same of backend, versions and machine, in words. */
function environmentDifferences({ versions: before }: RunRecord, { versions: again }: RunRecord): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(again)])];
  const others = names
    .filter((name) => before[name] !== again[name])
    .map((name) => `${name}: ${before[name] ?? 'not recorded'}, now ${again[name] ?? 'not recorded'}`);
  if (others.length > 0 || repeatable.includes(again['backend'] ?? '')) return others;
  return [`backend ${again['backend'] ?? 'unknown'}: it adds numbers in an order that changes`];
}

/** What a run says of itself: the last training loss, the validation of the epoch that counts, the test. */
function figuresOf({ history, best, keep, test }: RunRecord): Map<string, number | null> {
  const kept = (keep === 'best' && history.find(({ epoch }) => epoch === best?.epoch)) || history.at(-1);
  const loss = history.at(-1)?.trainLoss;
  return new Map([
    ...(loss === undefined ? [] : [['training loss', loss] as const]),
    ...prefixed('validation', kept?.validation),
    ...prefixed('test', test),
  ]);
}

const prefixed = (split: string, figures: Readonly<Record<string, number | null>> = {}): [string, number | null][] =>
  Object.entries(figures).map(([name, value]) => [`${split} ${name}`, value]);

/** How far a figure may be away; the validation's standard errors are taken to be those of the test. */
function toleranceOf(name: string, value: number | null, { testSpread, data }: RunRecord): number {
  const spread = testSpread?.[name.slice(name.indexOf(' ') + 1)];
  if (typeof spread !== 'number') return shareAllowed * Math.max(1, Math.abs(value ?? 0));
  // No resample of a perfect score differs from it: then the rule of three, the 95 % bound of a share that was never seen.
  return spread > 0 ? errorsAllowed * spread : 3 / (data.splits['test']?.length ?? 1);
}

function isWithin({ before, again }: Pick<ComparedFigure, 'before' | 'again'>, tolerance: number): boolean {
  if (before === null || again === null) return before === again;
  return Math.abs(again - before) <= tolerance;
}
