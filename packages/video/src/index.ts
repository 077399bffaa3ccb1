/**
 * Video: frames through any image encoder, pooled over time to a grid of tokens.
 *
 * @module @tessera/video
 */
export { videoPlugin } from './videoPlugin.js';
export { video } from './videoDefinition.js';
export { VideoEncoder, type PreparedVideo, type VideoOptions } from './videoEncoder.js';
export { videoSchema } from './videoSchema.js';
export { isRawFrames, type FramePixels, type RawFrames, type RawVideo } from './clip/rawVideo.js';
export { videoDecoder, type VideoDecoder, type VideoFrame, type VideoInfo } from './clip/videoDecoder.js';
export { sampleTimes, type FramePlan } from './clip/framePlan.js';
export { poolFrames, timeBins, type TimePoolKind } from './temporal/poolFrames.js';
export { TemporalPositions, type PositionKind } from './temporal/temporalPositions.js';
