/**
 * The decoder of pictures on Node, by sharp.
 *
 * @module @tessera/vision/node
 */
export { SharpDecoder, sharpDecoder, type SharpDecoderOptions } from './sharpDecoder.js';
export type { EncodedJpeg, RenderJpeg } from './picture/renderJpeg.js';
