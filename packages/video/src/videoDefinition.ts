import { defineEncoder, type Encoder } from '@tessera/core';
import type { FramePlan } from './clip/framePlan.js';
import type { RawVideo } from './clip/rawVideo.js';
import { videoDecoder } from './clip/videoDecoder.js';
import { TemporalPositions } from './temporal/temporalPositions.js';
import { VideoEncoder, type PreparedVideo } from './videoEncoder.js';
import { videoSchema } from './videoSchema.js';

/** Of tokens' values, near enough: those of feature maps behind a ReLU and normalisation, those of BERT's word table. */
const stdOf: Readonly<Record<Encoder['tokenSpace'], number>> = { encoder: 1, fusion: 0.02 };

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
    const table = { kind: positions, steps, width: image.tokenWidth, std: stdOf[image.tokenSpace] };
    return new VideoEncoder(image, decoder, new TemporalPositions(parameters, table), {
      plan,
      kind: pool.kind,
      steps: pool.steps,
    });
  },
});
