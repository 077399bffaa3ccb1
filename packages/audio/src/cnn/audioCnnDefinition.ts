import { defineEncoder } from '@tessera/core';
import { SoundPreparation, type PreparedSound } from '../input/soundPreparation.js';
import type { RawSound } from '../sound/rawSound.js';
import { soundDecoder } from '../sound/soundDecoder.js';
import { SoundEncoder } from '../soundEncoder.js';
import { AudioCnn } from './audioCnn.js';
import { audioCnnSchema } from './audioCnnSchema.js';

/** The encoder `audio-cnn`. */
export const audioCnn = defineEncoder<RawSound, PreparedSound>()({
  name: 'audio-cnn',
  summary: 'A convolutional network on log-mel spectrograms of sounds, pooled over time to tokens.',
  config: audioCnnSchema,
  needs: { decoder: soundDecoder },
  input: 'file',
  create: ({ input, pool, augment, ...sizes }, { decoder }, { parameters }) => {
    const preparation = new SoundPreparation(decoder, { ...input, augment });
    return new SoundEncoder(parameters.path, new AudioCnn(parameters, sizes), preparation, pool);
  },
});
