// Everything an audio encoder does before tensors. Shapes: B batch, T frames, M mel bins.
import { RandomSource, ShapeError, type PrepareOptions, type Preview, type TokenDescription } from '@tessera/core';
import { tensor2d, tensor3d, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { changesAnything, specAugment } from '../augment/specAugment.js';
import type { SpecAugmentOptions } from '../augment/specAugmentSchema.js';
import { LogMel, logMelSizes } from '../features/logMel.js';
import { spectrogramPicture } from '../features/spectrogramPicture.js';
import type { RawSound } from '../sound/rawSound.js';
import type { SoundDecoder } from '../sound/soundDecoder.js';

/** A sound ready for the encoder: its spectrogram [T · M], row by row. */
export interface PreparedSound {
  readonly features: Float32Array;
}

/** A batch of sounds. */
export interface SoundBatch {
  /** [B, T, M] float32; zeros where a sound is absent. */
  readonly features: Tensor3D;
  /** [B, 1] float32: 1 where there is a sound. */
  readonly present: Tensor2D;
  readonly [name: string]: Tensor3D | Tensor2D;
}

/** What a {@link SoundPreparation} goes by. */
export interface SoundPreparationOptions {
  readonly seconds: number;
  readonly melBins: number;
  readonly augment: SpecAugmentOptions;
}

/** Decodes sounds, turns them into spectrograms, augments and joins them to batches: what all audio encoders share. */
export class SoundPreparation {
  /** T. */
  readonly numFrames: number;
  private readonly logMel: LogMel;
  /** Spectrograms of the sounds that the decoder's cache holds: it gives the same samples again. */
  private readonly known = new WeakMap<Float32Array, Float32Array>();

  constructor(
    private readonly decoder: SoundDecoder,
    private readonly options: SoundPreparationOptions,
  ) {
    this.numFrames = Math.floor(options.seconds * logMelSizes.framesPerSecond);
    this.logMel = new LogMel(options.melBins);
  }

  /** Reads a sound's header. Throws DataError as {@link SoundDecoder.inspect}. */
  async check(raw: RawSound): Promise<void> {
    await this.decoder.inspect(raw);
  }

  /** A sound as the encoder takes it; augmented when a seed is given. Throws DataError. */
  async prepare(raw: RawSound, { augmentationSeed }: PrepareOptions): Promise<PreparedSound> {
    const { augment, melBins } = this.options;
    const samples = await this.decode(raw);
    const features = this.spectrogram(samples);
    if (augmentationSeed === undefined || !changesAnything(augment)) return { features };
    const numFrames = Math.min(this.numFrames, Math.ceil(samples.length / logMelSizes.hopLength));
    return { features: specAugment({ features, melBins, numFrames }, augment, new RandomSource(augmentationSeed)) };
  }

  /** Joins a batch; an absent sound gives zeros. */
  collate(items: readonly (PreparedSound | undefined)[]): SoundBatch {
    const { melBins } = this.options;
    const size = this.numFrames * melBins;
    const values = new Float32Array(items.length * size);
    items.forEach((item, i) => {
      if (!item) return;
      if (item.features.length !== size) {
        throw new ShapeError(
          `SoundPreparation: a sound must have ${this.numFrames}·${melBins}=${size} values, got ${item.features.length}. Prepare it with this encoder.`,
        );
      }
      values.set(item.features, i * size);
    });
    const present = Float32Array.from(items, (item) => (item ? 1 : 0));
    return {
      features: tensor3d(values, [items.length, this.numFrames, melBins]),
      present: tensor2d(present, [items.length, 1]),
    };
  }

  /** The seconds that each of `count` tokens stands for, and where they lie in the spectrogram that `preview` shows. */
  describe(count: number): readonly TokenDescription[] {
    const at = (i: number): number => Number(((i * this.options.seconds) / count).toFixed(2));
    return Array.from({ length: count }, (_, i) => ({
      ...{ kind: 'interval', from: at(i), to: at(i + 1), unit: 's' },
      area: { left: i / count, top: 0, width: 1 / count, height: 1 },
    }));
  }

  /** The spectrogram as a picture, low frequencies at its bottom. */
  async preview(raw: RawSound): Promise<Preview> {
    const features = this.spectrogram(await this.decode(raw));
    return { kind: 'image', mime: 'image/png', bytes: spectrogramPicture(features, this.options.melBins) };
  }

  private decode(raw: RawSound): Promise<Float32Array> {
    return this.decoder.decode(raw, { sampleRate: logMelSizes.sampleRate, seconds: this.options.seconds });
  }

  private spectrogram(samples: Float32Array): Float32Array {
    const known = this.known.get(samples);
    if (known) return known;
    const features = this.logMel.apply(samples, this.numFrames * logMelSizes.hopLength);
    this.known.set(samples, features);
    return features;
  }
}
