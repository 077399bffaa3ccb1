export { SharpDecoder, sharpDecoder, type SharpDecoderOptions } from './sharpDecoder.js';
