/**
 * The decoder of sounds on Node.
 *
 * @module @tessera/audio/node
 */
export { SoundFileDecoder, soundFileDecoder, type SoundFileDecoderOptions } from './soundFileDecoder.js';
