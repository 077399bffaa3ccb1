import { defineEncoder } from '@tessera/core';
import type { FramePlan } from './clip/framePlan.js';
import type { RawVideo } from './clip/rawVideo.js';
import { videoDecoder } from './clip/videoDecoder.js';
import { TemporalPositions } from './temporal/temporalPositions.js';
import { VideoEncoder, type PreparedVideo } from './videoEncoder.js';
import { videoSchema } from './videoSchema.js';

/** Videos by an image encoder, whose weights all frames share. */
export const video = defineEncoder<RawVideo, PreparedVideo>()({
  name: 'video',
  summary: 'Frames of a video by an image encoder, pooled over time to a grid of tokens.',
  config: videoSchema,
  needs: { decoder: videoDecoder },
  encoders: {
    image: {
      medium: 'image',
      summary: 'Encodes each frame, with the same weights; its own pooling gives rows and columns of the grid.',
    },
  },
  input: 'file',
  medium: 'video',
  create: ({ frames, pool, positions }, { decoder }, { encoders: { image }, parameters }) => {
    const plan: FramePlan = 'count' in frames ? { kind: 'uniform', ...frames } : { kind: 'rate', ...frames };
    const maxFrames = plan.kind === 'uniform' ? plan.count : plan.most;
    const steps = pool.steps ?? maxFrames;
    const table = new TemporalPositions(parameters, positions, steps, image.tokenWidth);
    return new VideoEncoder(image, decoder, table, { plan, kind: pool.kind, steps: pool.steps });
  },
});
