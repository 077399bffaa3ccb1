import { defineEncoder } from '@tessera/core';
import { SoundPreparation, type PreparedSound } from '../input/soundPreparation.js';
import type { RawSound } from '../sound/rawSound.js';
import { soundDecoder } from '../sound/soundDecoder.js';
import { SoundEncoder } from '../soundEncoder.js';
import { WhisperNetwork } from './whisperNetwork.js';
import { whisperSchema } from './whisperSchema.js';

/** The encoder `whisper`. */
export const whisper = defineEncoder<RawSound, PreparedSound>()({
  name: 'whisper',
  summary: "Whisper's encoder on log-mel spectrograms of sounds, pooled over time to tokens.",
  config: whisperSchema,
  needs: { decoder: soundDecoder },
  input: 'file',
  create: ({ input, pool, augment, ...sizes }, { decoder }, { parameters, path }) => {
    const network = new WhisperNetwork(parameters, { ...sizes, melBins: input.melBins }, path);
    const preparation = new SoundPreparation(decoder, { ...input, augment });
    return new SoundEncoder(parameters.path, network, preparation, pool);
  },
});
