import {
  createWorkbench,
  defineFusion,
  defineHead,
  defineOptimizer,
  definePlugin,
  defineSchedule,
  inversifyContainer,
  type Fusion,
  type Head,
  type Optimizer,
  type Schedule,
} from '@tessera/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { audioPlugin } from './audioPlugin.js';
import { SoundPreparation } from './input/soundPreparation.js';
import type { RawSound } from './sound/rawSound.js';
import { soundDecoder } from './sound/soundDecoder.js';
import { soundFileDecoder } from './soundFileDecoder.js';

const config = z.object({});
const rest = definePlugin({
  name: 'rest',
  components: [
    defineFusion({ name: 'none', summary: '', config, create: () => ({}) as Fusion }),
    defineHead<string, string>()({ name: 'none', summary: '', config, create: () => ({}) as Head<string, string> }),
    defineOptimizer({ name: 'adamw', summary: '', config, create: () => ({}) as Optimizer }),
    defineSchedule({ name: 'linear', summary: '', config, create: () => ({}) as Schedule }),
  ],
});
const parts = { fusion: { type: 'none' }, heads: { label: { type: 'none' } } } as const;

const workbench = () => {
  const container = inversifyContainer();
  container.bind(soundDecoder, { value: soundFileDecoder() });
  return createWorkbench({ plugins: [audioPlugin, rest], container });
};
const tone = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i / 9));

describe('spec', () => {
  it('takes every option, and infers what a raw sound is', () => {
    const bench = workbench();
    const spec = bench.defineModel({
      ...parts,
      modalities: {
        speech: {
          encoder: 'audio-cnn',
          width: 16,
          numBlocks: 2,
          input: { seconds: 2, melBins: 40 },
          pool: { kind: 'max', tokens: 10 },
          augment: { frequencyMasks: { width: 8 }, timeMasks: { count: 1, seconds: 0.3, share: 0.2 }, shift: 0.1 },
        },
        music: { encoder: 'whisper', hiddenSize: 8, numHeads: 2, numLayers: 1, pool: { tokens: 4 } },
      },
    });
    expect(bench.resolve(spec).modalities['music']?.options).toMatchObject({ input: { seconds: 30, melBins: 80 } });
    type Inputs = Parameters<Awaited<ReturnType<typeof bench.build<typeof spec>>>['predict']>[0];
    expectTypeOf<Inputs['speech']>().toEqualTypeOf<RawSound | undefined>();
    // @ts-expect-error a misspelt option does not compile
    expect(() => bench.defineModel({ ...parts, modalities: { a: { encoder: 'audio-cnn', with: 3 } } })).toThrow(
      'modalities.a.with: unknown key "with"',
    );
  });

  const problems: Readonly<Record<string, readonly [options: object, message: string]>> = {
    'more seconds than Whisper hears': [
      { encoder: 'whisper', input: { seconds: 31 } },
      'modalities.sound.input.seconds: must be at most 30, got 31',
    ],
    'no token': [{ encoder: 'audio-cnn', pool: { tokens: 0 } }, 'modalities.sound.pool.tokens: must be at least 1'],
    'a misspelt nested key': [
      { encoder: 'audio-cnn', augment: { timeMasks: { length: 3 } } },
      'modalities.sound.augment.timeMasks.length: unknown key',
    ],
  };
  it.each(Object.entries(problems))('refuses %s', (_, [options, message]) => {
    expect(() => workbench().resolve({ ...parts, modalities: { sound: options as { encoder: string } } })).toThrow(
      message,
    );
  });

  it.each([
    [{ hiddenSize: 9, numHeads: 3 }, 'modalities.sound.hiddenSize: must be even'],
    [{ hiddenSize: 10, numHeads: 3 }, 'hiddenSize=10, numHeads=3'],
  ])('refuses sizes of Whisper that do not go together: %j', async (sizes, message) => {
    const spec = { ...parts, modalities: { sound: { encoder: 'whisper', numLayers: 1, ...sizes } } } as const;
    await expect(workbench().build(spec)).rejects.toThrow(message);
  });

  it('says that a decoder is missing', async () => {
    const bare = createWorkbench({ plugins: [audioPlugin, rest] });
    const spec = { ...parts, modalities: { sound: { encoder: 'audio-cnn', width: 1 } } } as const;
    await expect(bare.build(spec)).rejects.toThrow(/needs a decoder of sounds.*Bind "tessera.SoundDecoder"/);
  });
});

describe('SoundPreparation', () => {
  const augment = { shift: 0 };
  const preparation = new SoundPreparation(soundFileDecoder(), { seconds: 0.5, melBins: 16, augment });
  const raw = { sampleRate: 16_000, samples: tone };

  it('hears silence behind a short sound, and the beginning of a long one', async () => {
    const { features } = await preparation.prepare({ ...raw, samples: tone.subarray(0, 3200) }, {});
    expect(features).toHaveLength(50 * 16);
    const silence = Math.min(...features);
    expect(features.subarray(25 * 16).every((value) => value === silence)).toBe(true);
    const whole = await preparation.prepare(raw, {});
    const long = await preparation.prepare({ ...raw, samples: Float32Array.of(...tone, ...tone) }, {});
    expect(long).toEqual(whole);
  });

  it('says which stretch of time a token stands for, and where that is in the spectrogram', () => {
    expect(preparation.describe(2)).toEqual([
      { kind: 'interval', from: 0, to: 0.25, unit: 's', area: { left: 0, top: 0, width: 0.5, height: 1 } },
      { kind: 'interval', from: 0.25, to: 0.5, unit: 's', area: { left: 0.5, top: 0, width: 0.5, height: 1 } },
    ]);
  });

  it('shows a sound as its spectrogram', async () => {
    expect(await preparation.preview(raw)).toMatchObject({ kind: 'image', mime: 'image/png' });
  });

  it('refuses what another preparation made', () => {
    expect(() => preparation.collate([{ features: new Float32Array(5) }])).toThrow('50·16=800 values, got 5');
  });
});
