// Discrete Fourier transform of any length by mixed radices: 400 = 4 · 4 · 5 · 5 (Cooley and Tukey 1965).

/** Prime factors of n, with pairs of twos as fours. */
function radicesOf(n: number): number[] {
  const radices: number[] = [];
  let rest = n;
  for (let radix = 4; rest > 1; radix = radix === 4 ? 2 : radix === 2 ? 3 : radix + 2) {
    for (; rest % radix === 0; rest /= radix) radices.push(radix);
  }
  return radices;
}

/** Two real signals of a {@link Fourier}'s length, transformed together as one complex signal. */
export interface SignalPair {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** The transform of real signals of one length, two at a time. */
export class Fourier {
  private readonly radices: readonly number[];
  private readonly cosines: Float64Array;
  private readonly sines: Float64Array;
  private readonly real: Float64Array;
  private readonly imaginary: Float64Array;
  private readonly column: SignalPair;

  constructor(readonly length: number) {
    this.radices = radicesOf(length);
    this.cosines = Float64Array.from({ length }, (_, i) => Math.cos((-2 * Math.PI * i) / length));
    this.sines = Float64Array.from({ length }, (_, i) => Math.sin((-2 * Math.PI * i) / length));
    [this.real, this.imaginary] = [new Float64Array(length), new Float64Array(length)];
    const widest = Math.max(1, ...this.radices);
    this.column = { first: new Float64Array(widest), second: new Float64Array(widest) };
  }

  /** Squared magnitudes of the frequencies 0 to length / 2 of both signals, into `powers`. */
  powers(signals: SignalPair, powers: SignalPair): void {
    const { length, real, imaginary } = this;
    this.transform(signals, 0, 1, 0, 0);
    for (let k = 0; k <= length >> 1; k++) {
      const mirror = (length - k) % length;
      const [a, b] = [real[k] as number, imaginary[k] as number];
      const [c, d] = [real[mirror] as number, imaginary[mirror] as number];
      powers.first[k] = ((a + c) ** 2 + (b - d) ** 2) / 4; // the part that is even in the real, odd in the imaginary
      powers.second[k] = ((b + d) ** 2 + (a - c) ** 2) / 4;
    }
  }

  /** Every `step`th of the signals from `from` on → frequencies at `to`; `level` radices are taken out already. */
  private transform(signals: SignalPair, from: number, step: number, to: number, level: number): void {
    const radix = this.radices[level];
    if (radix === undefined) {
      this.real[to] = signals.first[from] as number;
      this.imaginary[to] = signals.second[from] as number;
      return;
    }
    const part = this.length / step / radix;
    for (let q = 0; q < radix; q++) this.transform(signals, from + q * step, step * radix, to + q * part, level + 1);
    for (let k = 0; k < part; k++) this.combine(to + k, part, radix, k);
  }

  /** Joins the k-th frequencies of `radix` parts to the frequencies k, k + part, k + 2 · part, … of the whole. */
  private combine(at: number, part: number, radix: number, k: number): void {
    const { real, imaginary, cosines, sines, column } = this;
    const length = part * radix;
    const stride = this.length / length;
    for (let q = 0; q < radix; q++) {
      column.first[q] = real[at + q * part] as number;
      column.second[q] = imaginary[at + q * part] as number;
    }
    for (let r = 0; r < radix; r++) {
      let [sumReal, sumImaginary] = [0, 0];
      for (let q = 0; q < radix; q++) {
        const turn = ((q * (k + r * part)) % length) * stride;
        const [cosine, sine] = [cosines[turn] as number, sines[turn] as number];
        const [a, b] = [column.first[q] as number, column.second[q] as number];
        sumReal += a * cosine - b * sine;
        sumImaginary += a * sine + b * cosine;
      }
      real[at + r * part] = sumReal;
      imaginary[at + r * part] = sumImaginary;
    }
  }
}
