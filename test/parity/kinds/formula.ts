// The kind `formula`: the arithmetic that gives the other files' weights and inputs. Compared exactly: seeds, hashes,
// integers and sample positions; as numbers: u, values, and the first values and summary of one parameter per rule.
import { hashAt, integersOf, parameterOf, seedOf, valuesOf } from '../formula.js';
import { errorOf, samplePosition, type Check, type SummaryRecord } from '../records.js';

interface Vector extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly seed: number;
  readonly hash: readonly number[];
  readonly unit: readonly number[];
}

interface Rule extends SummaryRecord {
  readonly name: string;
  readonly residual_gamma: boolean;
  readonly first: readonly number[];
}

/** A file of this kind. */
export interface FormulaFixture extends Readonly<Record<string, unknown>> {
  readonly name_prefix: string;
  readonly vectors?: readonly Vector[];
  readonly rules?: readonly Rule[];
  readonly integers?: {
    readonly name: string;
    readonly low: number;
    readonly high: number;
    readonly first: readonly number[];
  };
}

/** Values are float32 and have nine significant digits. */
const tolerance = 1e-7;

/** Compares a formula file. */
export function formulaChecks(fixture: FormulaFixture): Check[] {
  const { name_prefix: prefix, vectors = [], rules = [] } = fixture;
  return [
    ...vectors.flatMap((vector) => vectorChecks(vector, prefix)),
    ...rules.map((rule) => ruleCheck(rule, prefix)),
    ...integersChecks(fixture),
    ...positionChecks(fixture),
  ];
}

const list = (values: ArrayLike<number>): { shape: number[]; values: ArrayLike<number> } => ({
  shape: [values.length],
  values,
});

const exactly = (what: string, got: ArrayLike<number>, want: readonly number[]): Check => {
  const same = got.length === want.length && want.every((value, i) => got[i] === value);
  return { what, error: same ? 0 : Infinity, tolerance };
};

const nearly = (what: string, got: ArrayLike<number>, want: readonly number[]): Check => ({
  what,
  error: errorOf(list(got), { shape: [want.length], data: want }),
  tolerance,
});

/** Beside hashes and units, `hash_at_<i>` and `value_amplitude_<a>`. */
function vectorChecks(vector: Vector, prefix: string): Check[] {
  const { name, hash, unit } = vector;
  const seed = seedOf(`${prefix}${name}`);
  const hashes = hash.map((_, i) => hashAt(seed, i));
  const checks = [
    exactly(`seed of ${name}`, [seed], [vector.seed]),
    exactly(`hashes of ${name}`, hashes, hash),
    nearly(
      `u of ${name}`,
      unit.map((_, i) => hashAt(seed, i) / 2 ** 32),
      unit,
    ),
  ];
  for (const key of Object.keys(vector)) {
    const [, at] = /^hash_at_(\d+)$/.exec(key) ?? [];
    const [, amplitude] = /^value_amplitude_([\d.]+)$/.exec(key) ?? [];
    if (at !== undefined)
      checks.push(exactly(`${key} of ${name}`, [hashAt(seed, Number(at))], [vector[key] as number]));
    if (amplitude === undefined) continue;
    const want = vector[key] as readonly number[];
    checks.push(nearly(`${key} of ${name}`, valuesOf(`${prefix}${name}`, [want.length], Number(amplitude)), want));
  }
  return checks;
}

function ruleCheck(rule: Rule, prefix: string): Check {
  const { name, shape, first } = rule;
  const values = parameterOf(name, shape, { prefix, ...(rule.residual_gamma && { residualGammas: /./ }) });
  const start = nearly('', values.slice(0, first.length), first).error;
  return { what: `parameter ${name}`, error: Math.max(errorOf({ shape, values }, rule), start), tolerance };
}

function integersChecks({ name_prefix: prefix, integers }: FormulaFixture): Check[] {
  if (!integers) return [];
  const { name, low, high, first } = integers;
  return [exactly(`integers of ${name}`, integersOf(`${prefix}${name}`, [first.length], low, high), first)];
}

/** `sample_positions_<k>_<k>…_by_length`: the position of sample k in arrays of each length. */
function positionChecks(fixture: FormulaFixture): Check[] {
  return Object.keys(fixture).flatMap((key) => {
    const [, numbers] = /^sample_positions_([\d_]+)_by_length$/.exec(key) ?? [];
    if (numbers === undefined) return [];
    const samples = numbers.split('_').map(Number);
    return Object.entries(fixture[key] as Readonly<Record<string, readonly number[]>>).map(([length, want]) =>
      exactly(
        `positions in ${length}`,
        samples.map((k) => samplePosition(k, Number(length))),
        want,
      ),
    );
  });
}
