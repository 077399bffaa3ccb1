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

/** The transform of real signals of one length. */
export class Fourier {
  private readonly radices: readonly number[];
  private readonly cosines: Float64Array;
  private readonly sines: Float64Array;
  private readonly real: Float64Array;
  private readonly imaginary: Float64Array;
  private readonly column: { readonly real: Float64Array; readonly imaginary: Float64Array };

  constructor(readonly length: number) {
    this.radices = radicesOf(length);
    this.cosines = Float64Array.from({ length }, (_, i) => Math.cos((-2 * Math.PI * i) / length));
    this.sines = Float64Array.from({ length }, (_, i) => Math.sin((-2 * Math.PI * i) / length));
    const make = (size: number) => new Float64Array(size);
    [this.real, this.imaginary] = [make(length), make(length)];
    const widest = Math.max(1, ...this.radices);
    this.column = { real: make(widest), imaginary: make(widest) };
  }

  /** Squared magnitudes of the frequencies 0 to length / 2, into `power`. */
  powers(signal: Float64Array, power: Float64Array): void {
    this.transform(signal, { from: 0, step: 1, to: 0, length: this.length, level: 0 });
    for (let k = 0; k <= this.length >> 1; k++) {
      power[k] = (this.real[k] as number) ** 2 + (this.imaginary[k] as number) ** 2;
    }
  }

  /** Every `step`th of the signal from `from` on, `length` of them → frequencies at `to`. */
  private transform(
    signal: Float64Array,
    { from, step, to, length, level }: { from: number; step: number; to: number; length: number; level: number },
  ): void {
    const radix = this.radices[level];
    if (radix === undefined) {
      this.real[to] = signal[from] as number;
      this.imaginary[to] = 0;
      return;
    }
    const part = length / radix;
    for (let q = 0; q < radix; q++) {
      this.transform(signal, {
        from: from + q * step,
        step: step * radix,
        to: to + q * part,
        length: part,
        level: level + 1,
      });
    }
    for (let k = 0; k < part; k++) this.combine(to + k, part, { radix, k, length });
  }

  /** Joins the k-th frequencies of `radix` parts to the frequencies k, k + part, k + 2 · part, … of the whole. */
  private combine(at: number, part: number, { radix, k, length }: { radix: number; k: number; length: number }): void {
    const { real, imaginary, cosines, sines, column } = this;
    const stride = this.length / length;
    for (let q = 0; q < radix; q++) {
      column.real[q] = real[at + q * part] as number;
      column.imaginary[q] = imaginary[at + q * part] as number;
    }
    for (let r = 0; r < radix; r++) {
      let [sumReal, sumImaginary] = [0, 0];
      for (let q = 0; q < radix; q++) {
        const turn = ((q * (k + r * part)) % length) * stride;
        const [cosine, sine] = [cosines[turn] as number, sines[turn] as number];
        const [a, b] = [column.real[q] as number, column.imaginary[q] as number];
        sumReal += a * cosine - b * sine;
        sumImaginary += a * sine + b * cosine;
      }
      real[at + r * part] = sumReal;
      imaginary[at + r * part] = sumImaginary;
    }
  }
}
