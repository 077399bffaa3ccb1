/**
 * Audio encoders: decoding, log-mel spectrograms, a convolutional network, Whisper.
 *
 * @module @tessera/audio
 */
export { audioPlugin } from './audioPlugin.js';
export { specAugment, type Spectrogram } from './augment/specAugment.js';
export { specAugmentSchema, type SpecAugmentOptions } from './augment/specAugmentSchema.js';
export { AudioCnn, type AudioCnnOptions } from './cnn/audioCnn.js';
export { audioCnnSchema, type AudioCnnConfig } from './cnn/audioCnnSchema.js';
export { LogMel, logMelSizes } from './features/logMel.js';
export { type MelFilter } from './features/melFilters.js';
export {
  SoundPreparation,
  type PreparedSound,
  type SoundBatch,
  type SoundPreparationOptions,
} from './input/soundPreparation.js';
export { type TimePool } from './input/soundInputSchema.js';
export { decodeSound } from './sound/decodeSound.js';
export { isRawSamples, type DecodedSound, type RawSamples, type RawSound } from './sound/rawSound.js';
export { resample } from './sound/resample.js';
export { soundDecoder, type SoundDecoder, type SoundInfo, type SoundPlan } from './sound/soundDecoder.js';
export type { SoundFormat } from './sound/soundFormat.js';
export { SoundEncoder, type SoundNetwork } from './soundEncoder.js';
export { WhisperNetwork, type WhisperOptions } from './whisper/whisperNetwork.js';
export { whisperSchema, type WhisperConfig } from './whisper/whisperSchema.js';
