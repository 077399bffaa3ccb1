// Band-limited resampling by a polyphase filter: a sinc under a Kaiser window (J. O. Smith, "Digital Audio Resampling"), with
// the sizes that librosa and resampy call "kaiser_best". Same numbers as torchaudio.functional.resample with these sizes.

/** Zero crossings of the sinc on each side, share of the lower Nyquist rate that passes, and the window's shape. */
const zeroCrossings = 64;
const rolloff = 0.9475937167399596;
const beta = 14.769656459379492;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Modified Bessel function of the first kind of order zero, by its power series. */
function besselI0(x: number): number {
  let [term, sum] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** The filter's weight at `t` zero crossings from its centre. */
function weightAt(t: number): number {
  if (Math.abs(t) > zeroCrossings) return 0;
  const window = besselI0(beta * Math.sqrt(1 - (t / zeroCrossings) ** 2)) / besselI0(beta);
  return t === 0 ? window : (window * Math.sin(Math.PI * t)) / (Math.PI * t);
}

/** Weights for the outputs of one phase, and where the first lies relative to the input below the output. */
interface Phase {
  readonly offset: number;
  readonly weights: Float64Array;
}

/** Output j stands at input j · from / to; phases repeat after `to` outputs. */
function phaseOf(phase: number, from: number, to: number): Phase {
  const place = (phase * from) / to;
  const crossingsPerInput = (Math.min(from, to) * rolloff) / from;
  const reach = zeroCrossings / crossingsPerInput;
  const offset = Math.ceil(place - reach);
  const count = Math.floor(place + reach) - offset + 1;
  const weights = Float64Array.from(
    { length: count },
    (_, i) => weightAt((offset + i - place) * crossingsPerInput) * crossingsPerInput,
  );
  return { offset, weights };
}

/** Phases of the ratio that was used last: sounds of a dataset mostly have one rate. */
let lastRatio: { readonly name: string; readonly phases: Phase[] } = { name: '', phases: [] };

function phasesOf(from: number, to: number): Phase[] {
  const name = `${from}:${to}`;
  if (lastRatio.name !== name) lastRatio = { name, phases: [] };
  return lastRatio.phases;
}

/**
 * Resamples a signal; what is beyond its ends counts as silence.
 * @returns ⌈length · toRate / fromRate⌉ samples
 */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  if (fromRate === toRate) return samples;
  const divisor = gcd(fromRate, toRate);
  const [from, to] = [fromRate / divisor, toRate / divisor];
  const length = Math.ceil((samples.length * to) / from);
  const phases = phasesOf(from, to);
  const output = new Float32Array(length);
  for (let j = 0; j < length; j++) {
    const phase = j % to;
    const { offset, weights } = (phases[phase] ??= phaseOf(phase, from, to));
    const start = Math.floor(j / to) * from + offset;
    const first = Math.max(0, -start);
    const last = Math.min(weights.length, samples.length - start);
    let sum = 0;
    for (let i = first; i < last; i++) sum += (weights[i] as number) * (samples[start + i] as number);
    output[j] = sum;
  }
  return output;
}
