// The kind `audio_logmel`: audio's filters and features against those of transformers' WhisperFeatureExtractor. Compared: the
// signal that the fixture's formula gives, the filters, the features with and without padding, and one frame in full.
import { LogMel, logMelSizes } from '@tessera/audio';
import { seedOf, hashAt } from '../formula.js';
import { samplePosition, statisticsOf, type Check, type FullRecord, type SummaryRecord } from '../records.js';

/** A file of this kind. */
export interface AudioLogmelFixture {
  readonly name_prefix: string;
  readonly absolute_tolerance: number;
  readonly settings: Readonly<Record<'sampling_rate' | 'n_fft' | 'hop_length' | 'mel_bins' | 'chunk_seconds', number>>;
  readonly signal: {
    readonly seconds: number;
    readonly low: number;
    readonly high: number;
    readonly samples: SummaryRecord;
  };
  readonly mel_filters: SummaryRecord & { readonly note: string };
  readonly log_mel_without_padding: SummaryRecord;
  readonly log_mel_padded_to_30_s: SummaryRecord;
  readonly frame_50: FullRecord;
}

/** Runs a log-mel fixture. */
export function audioLogmelChecks(fixture: AudioLogmelFixture): Check[] {
  const { settings, signal, absolute_tolerance: tolerance } = fixture;
  const { sampling_rate: rate, n_fft: windowLength, hop_length: hopLength, mel_bins: melBins } = settings;
  requireSizes({ sampleRate: rate, windowLength, hopLength });
  const samples = chirp(fixture);
  const logMel = new LogMel(melBins);
  const plain = logMel.apply(samples);
  const padded = logMel.apply(samples, settings.chunk_seconds * rate);
  const within = (what: string, values: Float32Array, want: SummaryRecord): Check => ({
    what,
    error: absoluteError(values, want),
    tolerance,
  });
  return [
    within('signal', samples, signal.samples),
    { ...within('mel filters', filterTable(logMel, fixture.mel_filters), fixture.mel_filters), tolerance: 1e-7 },
    within('features', transposed(plain, melBins), fixture.log_mel_without_padding),
    within('features padded to 30 s', transposed(padded, melBins), fixture.log_mel_padded_to_30_s),
    { what: 'frame 50', error: frameError(plain.subarray(50 * melBins, 51 * melBins), fixture.frame_50), tolerance },
    { what: 'number of frames', error: Math.abs(padded.length / melBins - 3000), tolerance: 0 },
  ];
}

function requireSizes(wanted: Readonly<Record<'sampleRate' | 'windowLength' | 'hopLength', number>>): void {
  for (const [name, value] of Object.entries(wanted)) {
    if (logMelSizes[name as keyof typeof wanted] !== value) throw new Error(`not understood: ${name}=${value}.`);
  }
}

/** A sine whose frequency rises, and noise: float32 of float64. */
function chirp({ name_prefix: prefix, settings, signal: { seconds, low, high } }: AudioLogmelFixture): Float32Array {
  const seed = seedOf(`${prefix}input.audio.noise`);
  return Float32Array.from({ length: seconds * settings.sampling_rate }, (_, i) => {
    const t = i / settings.sampling_rate;
    const phase = 2 * Math.PI * (low * t + ((0.5 * (high - low)) / seconds) * t * t);
    const noise = Math.fround((2 * (hashAt(seed, i) / 2 ** 32) - 1) * 0.01);
    return 0.5 * Math.sin(phase) + noise;
  });
}

/** The filters as [frequencies, mel bins]. */
function filterTable({ filters }: LogMel, { shape, note }: AudioLogmelFixture['mel_filters']): Float32Array {
  if (!note.includes('frequencies')) throw new Error(`not understood: ${note}`);
  const [frequencies = 0, bins = 0] = shape;
  const table = new Float32Array(frequencies * bins);
  filters.forEach(({ first, weights }, bin) =>
    weights.forEach((weight, i) => {
      table[(first + i) * bins + bin] = weight;
    }),
  );
  return table;
}

/** [T, M] → [M, T]. */
function transposed(features: Float32Array, melBins: number): Float32Array {
  const frames = features.length / melBins;
  return features.map((_, i) => features[(i % frames) * melBins + Math.floor(i / frames)] ?? NaN);
}

/** The largest difference of samples, mean, standard deviation and root mean square. */
function absoluteError(values: Float32Array, { shape, samples, mean, std, l2 }: SummaryRecord): number {
  const n = values.length;
  if (shape.reduce((product, size) => product * size, 1) !== n) return Infinity;
  const got = statisticsOf(values);
  const differences = samples.map((sample, k) => Math.abs((values[samplePosition(k, n)] ?? NaN) - sample));
  const figures = [got.mean - mean, got.std - std, (got.l2 - l2) / Math.sqrt(n)].map(Math.abs);
  return largest([...differences, ...figures]);
}

const frameError = (frame: Float32Array, { shape, data }: FullRecord): number =>
  shape[0] === frame.length ? largest(data.map((value, i) => Math.abs((frame[i] ?? NaN) - value))) : Infinity;

const largest = (differences: readonly number[]): number =>
  differences.some(Number.isNaN) ? Infinity : Math.max(...differences);
