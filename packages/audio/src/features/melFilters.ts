// Triangular filters on the mel scale of M. Slaney's Auditory Toolbox: linear below 1000 Hz, logarithmic above. The numbers
// are those of librosa.filters.mel and of transformers' mel_filter_bank with norm="slaney", mel_scale="slaney".

/** Mels per hertz below 1000 Hz, and the step of the logarithm above. */
const melsPerHertz = 3 / 200;
const logStep = 27 / Math.log(6.4);

const toMels = (hertz: number): number => (hertz < 1000 ? hertz * melsPerHertz : 15 + Math.log(hertz / 1000) * logStep);
const toHertz = (mels: number): number => (mels < 15 ? mels / melsPerHertz : 1000 * Math.exp((mels - 15) / logStep));

/** One filter: its weights from a first frequency on. */
export interface MelFilter {
  readonly first: number;
  readonly weights: Float64Array;
}

/** Sizes of a filter bank. */
export interface MelFilterOptions {
  readonly sampleRate: number;
  /** Length of the Fourier transform. */
  readonly fourierLength: number;
  readonly melBins: number;
}

/** Filters from 0 Hz to half the sample rate, each of area one (Slaney's normalisation). */
export function melFilters({ sampleRate, fourierLength, melBins }: MelFilterOptions): MelFilter[] {
  const most = toMels(sampleRate / 2);
  const corners = Array.from({ length: melBins + 2 }, (_, i) => toHertz((i * most) / (melBins + 1)));
  const numFrequencies = Math.floor(fourierLength / 2) + 1;
  return Array.from({ length: melBins }, (_, bin) => {
    const [low = 0, centre = 0, high = 0] = corners.slice(bin, bin + 3);
    const weightAt = (hertz: number): number =>
      (Math.max(0, Math.min((hertz - low) / (centre - low), (high - hertz) / (high - centre))) * 2) / (high - low);
    const first = Math.ceil((low * fourierLength) / sampleRate);
    const last = Math.min(numFrequencies - 1, Math.floor((high * fourierLength) / sampleRate));
    const weights = Float64Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
      weightAt(((first + i) * sampleRate) / fourierLength),
    );
    return { first, weights };
  });
}
