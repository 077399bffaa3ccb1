// Records of the reference fixtures and how far numbers are from them; test/fixtures/README.md defines both.

/** A tensor in full, row-major. */
export interface FullRecord {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A tensor's statistics and the elements at 64 even positions. */
export interface SummaryRecord {
  readonly shape: readonly number[];
  readonly mean: number;
  readonly std: number;
  readonly l2: number;
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

/** The error of a tensor; Infinity when its shape differs. */
export function errorOf(got: Got, want: ValueRecord, floor = 0): number {
  if (got.shape.join() !== want.shape.join()) return Infinity;
  return 'data' in want ? worst(want.data, (i) => at(got, i), floor) : summaryError(got, want);
}

/** The error of a gradient; one that is absent counts as zeros. */
export function gradientError(got: Got | undefined, want: FullRecord | RowsRecord | null, floor: number): number {
  if (want === null) return got && Array.from(got.values).some((value) => value !== 0) ? Infinity : 0;
  if (got && got.shape.join() !== want.shape.join()) return Infinity;
  const found: Got = got ?? { shape: want.shape, values: new Float32Array(sizeOf(want.shape)) };
  if (!('rows' in want)) return errorOf(found, want, floor);
  const width = want.shape[1] ?? 1;
  const listed = new Set(want.rows);
  const strays = Array.from(found.values).filter((value, i) => !listed.has(Math.floor(i / width)) && value !== 0);
  if (strays.length > 0) return Infinity;
  const index = (i: number): number => (want.rows[Math.floor(i / width)] ?? 0) * width + (i % width);
  return worst(want.data, (i) => at(found, index(i)), floor);
}

/** |got - want| / |want|. */
export const relativeError = (got: number, want: number): number => Math.abs(got - want) / Math.abs(want);

/** Flat position of sample `k` of `n` elements; all n are samples when there are 64 or fewer. */
export const samplePosition = (k: number, n: number): number => (n <= 64 ? k : Math.floor((k * (n - 1)) / 63));

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

const at = ({ values }: Got, i: number): number => values[i] ?? NaN;

function worst(want: readonly number[], got: (i: number) => number, floor: number): number {
  const rms = Math.sqrt(want.reduce((sum, value) => sum + value * value, 0) / want.length);
  return largestDifference(want, got) / Math.max(rms, floor);
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
  const rms = want.l2 / Math.sqrt(n);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    sum += at(got, i);
    squares += at(got, i) ** 2;
  }
  const mean = sum / n;
  const statistics = [mean, Math.sqrt(Math.max(squares / n - mean * mean, 0)), Math.sqrt(squares / n)];
  return (
    Math.max(
      largestDifference(want.samples, (k) => at(got, samplePosition(k, n))),
      largestDifference([want.mean, want.std, rms], (i) => statistics[i] ?? NaN),
    ) / rms
  );
}
