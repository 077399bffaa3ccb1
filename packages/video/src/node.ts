/**
 * The decoder of videos on Node: GIF and WebP by sharp, other files by the system's ffmpeg.
 *
 * @module @tessera/video/node
 */
export { nodeVideoDecoder, NodeVideoDecoder, type NodeVideoDecoderOptions } from './nodeVideoDecoder.js';
