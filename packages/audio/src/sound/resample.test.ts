import { describe, expect, it } from 'vitest';
import { resample } from './resample.js';

/** A sine whose frequency rises from 200 Hz. */
const chirp = (rate: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => {
    const t = i / rate;
    return 0.5 * Math.sin(2 * Math.PI * (200 * t + (3000 / (length / rate)) * t * t));
  });

interface Reference {
  readonly from: number;
  readonly to: number;
  readonly length: number;
  /** Length and L2 norm of the result, and its values at 16 even positions. */
  readonly result: number;
  readonly l2: number;
  readonly samples: readonly number[];
}

// torchaudio.functional.resample of the float32 chirp in float64: lowpass_filter_width=64, rolloff=0.9475937167399596,
// resampling_method="sinc_interp_kaiser", beta=14.769656459379492 (torchaudio 2.11).
const references: readonly Reference[] = [
  {
    from: 22050,
    to: 16000,
    length: 441,
    result: 320,
    l2: 6.30403643,
    samples: [
      0.002425325, -0.065447524, -0.179946, 0.326121579, 0.479351752, -0.271633009, 0.118511811, -0.458093994,
      0.179947511, -0.498310875, -0.049008559, -0.492533553, 0.485751915, 0.252721557, 0.2981987, -0.270910434,
    ],
  },
  {
    from: 44100,
    to: 16000,
    length: 600,
    result: 218,
    l2: 5.19283581,
    samples: [
      0.003784996, 0.415665965, 0.079074406, 0.36468893, -0.034389214, 0.37479574, 0.16823693, 0.151242787,
      -0.440308158, 0.454328133, -0.423003561, -0.498398536, -0.180617053, -0.481934162, -0.443505189, 0.426804358,
    ],
  },
  {
    from: 8000,
    to: 16000,
    length: 160,
    result: 320,
    l2: 6.05700967,
    samples: [
      0.001034177, -0.065378308, -0.17989957, 0.326145367, 0.479471782, -0.270945552, 0.119959787, -0.458247854,
      0.237395056, -0.309120833, -0.11429498, 0.513287891, -0.464664519, 0.258833003, -0.300588314, 0.258758301,
    ],
  },
  {
    from: 48000,
    to: 16000,
    length: 500,
    result: 167,
    l2: 4.53062279,
    samples: [
      0.003850994, 0.494394694, -0.453098407, -0.380453023, -0.495229699, 0.269569158, -0.494087471, -0.370079734,
      -0.462538605, 0.498168937, -0.039227461, -0.051267206, 0.500144981, -0.484520395, -0.315137959, 0.125169961,
    ],
  },
  {
    from: 16000,
    to: 22050,
    length: 200,
    result: 276,
    l2: 5.83878643,
    samples: [
      0.000516324, 0.44787591, -0.105220772, -0.024895953, 0.482161988, -0.259703767, -0.091985449, 0.499977579,
      -0.411233422, -0.197294286, 0.465754889, -0.497506071, -0.326324345, 0.339826054, -0.452481073, -0.309213583,
    ],
  },
];

describe('resample', () => {
  it.each(references)('gives torchaudio’s values from $from to $to', ({ from, to, length, result, l2, samples }) => {
    const got = resample(chirp(from, length), from, to);
    expect(got).toHaveLength(result);
    expect(Math.hypot(...got)).toBeCloseTo(l2, 5);
    samples.forEach((want, k) => expect(got[Math.floor((k * (result - 1)) / 15)]).toBeCloseTo(want, 5));
  });

  it('keeps a tone below the new Nyquist rate and removes one above', () => {
    const tone = (hertz: number) =>
      Float32Array.from({ length: 8820 }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / 44_100));
    const middle = (samples: Float32Array) => samples.slice(1000, -1000);
    const loudness = (samples: Float32Array) => Math.hypot(...samples) / Math.sqrt(samples.length);
    expect(loudness(middle(resample(tone(1000), 44_100, 16_000)))).toBeCloseTo(Math.SQRT1_2, 3);
    expect(loudness(middle(resample(tone(11_000), 44_100, 16_000)))).toBeLessThan(1e-4);
  });

  it('takes rates without a common divisor', () => {
    const got = resample(chirp(16_001, 800), 16_001, 16_000);
    expect(got).toHaveLength(800);
    const apart = chirp(16_001, 800).map((value, i) => Math.abs(value - (got[i] ?? NaN)));
    expect(Math.max(...apart.subarray(100, 200))).toBeLessThan(0.02);
  });

  it('gives the same samples for the same rate', () => {
    const samples = chirp(8000, 20);
    expect(resample(samples, 8000, 8000)).toBe(samples);
  });
});
