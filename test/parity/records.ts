// Records of the reference fixtures and how far numbers are from them; test/fixtures/README.md defines both.

/** A tensor in full, row-major. */
export interface FullRecord {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Figures of all elements of a tensor: mean, population standard deviation, L2 norm. */
export interface Statistics {
  readonly mean: number;
  readonly std: number;
  readonly l2: number;
}

/** A tensor's statistics and the elements at 64 even positions. */
export interface SummaryRecord extends Statistics {
  readonly shape: readonly number[];
  readonly samples: readonly number[];
}

/** A tensor in full or in summary. */
export type ValueRecord = FullRecord | SummaryRecord;

/** The gradient of a table: rows that are not listed are zero. */
export interface RowsRecord extends FullRecord {
  readonly rows: readonly number[];
}

/** Gradients of one loss by foreign parameter name; null where none reaches the parameter. */
export interface GradientRecords {
  /** Least root mean square that an error is measured against. */
  readonly scale_floor: number;
  readonly by_name: Readonly<Record<string, FullRecord | RowsRecord | null>>;
}

/** One figure compared with the reference. */
export interface Check {
  readonly what: string;
  /** max |got - want| / max(rms(want), floor), or relative for a loss. */
  readonly error: number;
  readonly tolerance: number;
}

/** What all fixture files have. */
export interface Fixture {
  readonly kind: string;
  readonly name_prefix: string;
  readonly tolerance: number;
}

/** A tensor's values as they are to be compared. */
export interface Got {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Whether a check holds. An error that is no number does not. */
export const isPassed = ({ error, tolerance }: Check): boolean => error <= tolerance;

/** The error of a tensor; Infinity when its shape differs. */
export function errorOf(got: Got, want: ValueRecord, floor = 0): number {
  if (got.shape.join() !== want.shape.join()) return Infinity;
  if (!('data' in want)) return summaryError(got, want);
  return want.data.length === got.values.length ? worst(want.data, (i) => at(got, i), floor) : Infinity;
}

/** The error of a gradient; one that is absent counts as zeros. */
export function gradientError(got: Got | undefined, want: FullRecord | RowsRecord | null, floor: number): number {
  if (want === null) return got && Array.from(got.values).some((value) => value !== 0) ? Infinity : 0;
  if (got && got.shape.join() !== want.shape.join()) return Infinity;
  const found: Got = got ?? { shape: want.shape, values: new Float32Array(sizeOf(want.shape)) };
  return 'rows' in want ? rowsError(found, want, floor) : errorOf(found, want, floor);
}

function rowsError(got: Got, { shape, rows, data }: RowsRecord, floor: number): number {
  const width = sizeOf(shape.slice(1));
  if (data.length !== rows.length * width) return Infinity;
  const listed = new Set(rows);
  const strays = Array.from(got.values).filter((value, i) => !listed.has(Math.floor(i / width)) && value !== 0);
  if (strays.length > 0) return Infinity;
  const index = (i: number): number => (rows[Math.floor(i / width)] ?? NaN) * width + (i % width);
  return worst(data, (i) => at(got, index(i)), floor);
}

/** The error of mean, standard deviation and L2 norm, all against the root mean square; Infinity for another shape. */
export function statisticsError(got: Got, want: Statistics & { readonly shape: readonly number[] }): number {
  if (got.shape.join() !== want.shape.join()) return Infinity;
  const rms = want.l2 / Math.sqrt(got.values.length);
  const { mean, std, l2 } = statisticsOf(got.values);
  const figures = [mean, std, l2 / Math.sqrt(got.values.length)];
  return ratio(
    largestDifference([want.mean, want.std, rms], (i) => figures[i] ?? NaN),
    rms,
  );
}

/** Mean, population standard deviation and L2 norm. */
export function statisticsOf(values: ArrayLike<number>): Statistics {
  const n = values.length;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) sum += values[i] ?? NaN;
  const mean = sum / n;
  let deviations = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i] ?? NaN;
    squares += value * value;
    deviations += (value - mean) ** 2;
  }
  return { mean, std: Math.sqrt(deviations / n), l2: Math.sqrt(squares) };
}

/** |got - want| / |want|. */
export const relativeError = (got: number, want: number): number => ratio(Math.abs(got - want), Math.abs(want));

/** Flat position of sample `k` of `n` elements; all n are samples when there are 64 or fewer. */
export const samplePosition = (k: number, n: number): number => (n <= 64 ? k : Math.floor((k * (n - 1)) / 63));

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

const at = ({ values }: Got, i: number): number => values[i] ?? NaN;

/** No difference is no error, whatever the scale. */
const ratio = (difference: number, scale: number): number => (difference === 0 ? 0 : difference / scale);

function worst(want: readonly number[], got: (i: number) => number, floor: number): number {
  const rms = Math.sqrt(want.reduce((sum, value) => sum + value * value, 0) / want.length);
  return ratio(largestDifference(want, got), Math.max(rms, floor));
}

/** The largest |got - want|; NaN counts as Infinity. */
function largestDifference(want: readonly number[], got: (i: number) => number): number {
  return want.reduce((largest, value, i) => {
    const difference = Math.abs(got(i) - value);
    return Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
  }, 0);
}

function summaryError(got: Got, want: SummaryRecord): number {
  const n = got.values.length;
  if (want.samples.length !== Math.min(n, 64)) return Infinity;
  const difference = largestDifference(want.samples, (k) => at(got, samplePosition(k, n)));
  return Math.max(ratio(difference, want.l2 / Math.sqrt(n)), statisticsError(got, want));
}
