// Log-mel spectrograms with the numbers of Whisper's feature extractor (Radford et al., "Robust Speech Recognition via
// Large-Scale Weak Supervision", arXiv 2212.04356; transformers' WhisperFeatureExtractor). T frames, M mel bins.
import { Fourier, type SignalPair } from './fourier.js';
import { melFilters, type MelFilter } from './melFilters.js';

/** Whisper's sizes: 16,000 samples per second, windows of 25 ms every 10 ms. */
export const logMelSizes = { sampleRate: 16_000, windowLength: 400, hopLength: 160, framesPerSecond: 100 } as const;

/** Powers below this count as this, before the logarithm. */
const leastPower = 1e-10;
/** What is quieter than the loudest place by more than this counts as this: in powers of ten, 80 dB. */
const range = 8;

/** Turns samples into log-mel spectrograms of M bins. */
export class LogMel {
  /** The M filters. */
  readonly filters: readonly MelFilter[];
  private readonly fourier = new Fourier(logMelSizes.windowLength);
  private readonly window = Float64Array.from(
    { length: logMelSizes.windowLength },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / logMelSizes.windowLength), // periodic Hann
  );

  constructor(readonly melBins: number) {
    const { sampleRate, windowLength } = logMelSizes;
    this.filters = melFilters({ sampleRate, fourierLength: windowLength, melBins });
  }

  /**
   * The spectrogram [T, M], row by row, T = ⌊length / 160⌋: frame t is centred on sample 160 · t, the ends mirrored.
   * @param samples - 16,000 per second
   * @param length - as many samples count; silence follows where there are fewer
   */
  apply(samples: Float32Array, length = samples.length): Float32Array {
    const { windowLength, hopLength } = logMelSizes;
    const numFrames = Math.floor(length / hopLength);
    const features = new Float32Array(numFrames * this.melBins).fill(Math.log10(leastPower));
    const make = (size: number): SignalPair => ({ first: new Float64Array(size), second: new Float64Array(size) });
    const [frames, powers] = [make(windowLength), make(windowLength / 2 + 1)];
    // Frames of nothing but the silence behind the sound have the least power. Those at the end mirror what is before it.
    const heard = Math.ceil((samples.length + windowLength / 2) / hopLength);
    const last = samples.length + windowLength / 2 > length ? numFrames : Math.min(numFrames, heard);
    for (let t = 0; t < last; t += 2) {
      this.cut(samples, { t, length, frame: frames.first });
      this.cut(samples, { t: t + 1, length, frame: frames.second });
      this.fourier.powers(frames, powers);
      this.filterInto(powers.first, features, t * this.melBins);
      if (t + 1 < last) this.filterInto(powers.second, features, (t + 1) * this.melBins);
    }
    return compress(features);
  }

  /** The samples around frame t, under the window. */
  private cut(
    samples: Float32Array,
    { t, length, frame }: { readonly t: number; readonly length: number; readonly frame: Float64Array },
  ): void {
    const { windowLength, hopLength } = logMelSizes;
    const start = t * hopLength - windowLength / 2;
    for (let i = 0; i < windowLength; i++) {
      const place = start + i;
      const sample = samples[place < 0 || place >= length ? mirrored(place, length) : place] ?? 0;
      frame[i] = sample * (this.window[i] as number);
    }
  }

  /** Filtered powers as logarithms to base ten. */
  private filterInto(power: Float64Array, features: Float32Array, at: number): void {
    this.filters.forEach(({ first, weights }, bin) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (power[first + i] as number);
      features[at + bin] = Math.log10(Math.max(leastPower, sum));
    });
  }
}

/** A place beyond an end is mirrored at it. */
function mirrored(place: number, length: number): number {
  if (length < 2) return 0;
  const period = 2 * (length - 1);
  const within = ((place % period) + period) % period;
  return within < length ? within : period - within;
}

/** To the upper 80 dB, and roughly to [-1, 1]. */
function compress(features: Float32Array): Float32Array {
  const floor = features.reduce((most, value) => Math.max(most, value), -Infinity) - range;
  return features.map((value) => (Math.max(value, floor) + 4) / 4);
}
