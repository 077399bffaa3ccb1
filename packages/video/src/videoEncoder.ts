// Shapes: B batch, F frames of a video (padded), T steps, N tokens of a frame, E encoder width.
import {
  DataError,
  type BatchShape,
  type BatchTensors,
  type Encoder,
  type ForwardContext,
  type PrepareOptions,
  type Preview,
  type TokenBlock,
  type TokenDescription,
} from '@tessera/core';
import { poolBins, tidyRecord } from '@tessera/layers';
import { reshape, tensor3d, type Tensor3D } from '@tensorflow/tfjs-core';
import type { FramePlan } from './clip/framePlan.js';
import type { RawVideo } from './clip/rawVideo.js';
import type { VideoDecoder } from './clip/videoDecoder.js';
import { poolFrames, timeBins, type TimePoolKind } from './temporal/poolFrames.js';
import type { TemporalPositions } from './temporal/temporalPositions.js';
import { describeStep, framesPerRow, type TimeSpan } from './temporal/describeStep.js';

/** A video ready for the encoder. */
export interface PreparedVideo {
  /** What the image encoder's `prepare` made of each frame. */
  readonly frames: readonly unknown[];
  /** When each is shown, in seconds. */
  readonly times: readonly number[];
  /** Seconds. */
  readonly duration: number;
}

/** How a {@link VideoEncoder} takes frames and pools them. */
export interface VideoOptions {
  readonly plan: FramePlan;
  readonly kind: TimePoolKind;
  /** T; each frame is a step of its own if left out. */
  readonly steps?: number | undefined;
}

/** Tensors of the image encoder's batch stand under their names behind this, [B, F, …]. */
const framePrefix = 'frame.';

/** Videos → tokens of a T×H×W grid: each frame by one image encoder, then pooled over time. */
export class VideoEncoder implements Encoder<RawVideo, PreparedVideo> {
  readonly tokenWidth: number;
  readonly maxTokens: number;
  readonly fixedLength: boolean;
  readonly tokenSpace: 'encoder' | 'fusion';
  readonly numParts = 1;
  readonly towerPaths: readonly string[];
  private readonly maxFrames: number;

  constructor(
    private readonly image: Encoder,
    private readonly decoder: VideoDecoder,
    private readonly positions: TemporalPositions,
    private readonly options: VideoOptions,
  ) {
    const { plan, steps } = options;
    this.maxFrames = plan.kind === 'uniform' ? plan.count : plan.most;
    this.tokenWidth = image.tokenWidth;
    this.tokenSpace = image.tokenSpace;
    this.maxTokens = (steps ?? this.maxFrames) * image.maxTokens;
    this.fixedLength = image.fixedLength && (steps !== undefined || plan.kind === 'uniform');
    this.towerPaths = image.towerPaths;
  }

  async check(raw: RawVideo): Promise<void> {
    await this.decoder.inspect(raw);
  }

  /** Frame by frame, so that one decoded frame is held at a time; all are augmented by the same seed. */
  async prepare(raw: RawVideo, options: PrepareOptions): Promise<PreparedVideo> {
    const [frames, times]: [unknown[], number[]] = [[], []];
    let duration = 0;
    let last: { readonly pixels: object; readonly prepared: unknown } | undefined;
    for await (const frame of this.decoder.frames(raw, this.options.plan)) {
      if (last?.pixels !== frame.pixels) {
        last = { pixels: frame.pixels, prepared: await this.prepareFrame(frame.pixels, frame.time, options) };
      }
      frames.push(last.prepared);
      times.push(frame.time);
      duration = frame.duration;
    }
    if (frames.length === 0) throw new DataError('Video: must have one frame or more, got none. Give another file.');
    return { frames, times, duration };
  }

  /** Joins a batch; an absent video gives frames as the image encoder gives an absent picture. */
  collate(items: readonly (PreparedVideo | undefined)[], shape: BatchShape = {}): BatchTensors {
    const lengths = items.map((item) => item?.frames.length ?? 0);
    const numFrames = this.framesOf(lengths, shape);
    // Padding repeats a video's own frames: those of another kind would count in the statistics of normalisation.
    const frames = items.flatMap((item) =>
      Array.from({ length: numFrames }, (_, i) => item?.frames[i % item.frames.length]),
    );
    const numSteps = this.options.steps ?? numFrames;
    return tidyRecord(() => {
      const own = Object.entries(this.image.collate(frames, shape)).map(([name, tensor]) => {
        const sizes = [items.length, numFrames, ...tensor.shape.slice(1)];
        return [`${framePrefix}${name}`, reshape(tensor, sizes)] as const;
      });
      return {
        ...Object.fromEntries(own),
        bins: tensor3d(timeBins(lengths, numFrames, this.options.steps), [items.length, numSteps, numFrames]),
      };
    });
  }

  encode(batch: BatchTensors, context: ForwardContext): TokenBlock {
    return tidyRecord(() => {
      const bins = batch['bins'] as Tensor3D;
      const [videos, steps, frames] = bins.shape;
      const own = Object.entries(batch).flatMap(([name, tensor]) =>
        name.startsWith(framePrefix)
          ? [[name.slice(framePrefix.length), reshape(tensor, [videos * frames, ...tensor.shape.slice(2)])] as const]
          : [],
      );
      const block = this.image.encode(Object.fromEntries(own), context); // tokens [B·F, N, E]
      const { tokens, mask } = poolFrames(block, bins, this.options.kind);
      return { tokens: this.positions.apply(tokens, steps), mask };
    });
  }

  describeTokens(prepared: PreparedVideo): readonly TokenDescription[] {
    return this.stepsOf(prepared).flatMap(({ span, step, steps, frames }) => {
      const described = frames.map((frame) => this.image.describeTokens(frame));
      const longest = described.reduce((most, one) => (one.length > most.length ? one : most));
      return longest.map((token) => describeStep(token, span, { step, steps }));
    });
  }

  /** The middle frame of each step as the image encoder sees it, in rows of a sheet. */
  async preview(raw: RawVideo): Promise<Preview> {
    const pictures: Uint8Array[] = [];
    for await (const { pixels } of this.decoder.frames(raw, this.options.plan)) {
      const shown = await this.image.preview?.(pixels);
      if (shown?.kind !== 'image') break;
      pictures.push(shown.bytes);
    }
    if (pictures.length === 0) return { kind: 'text', text: typeof raw === 'string' ? raw : 'a video' };
    const steps = poolBins(pictures.length, this.options.steps ?? pictures.length);
    const middles = steps.flatMap(({ start, length }) => pictures[start + Math.floor((length - 1) / 2)] ?? []);
    return { kind: 'image', mime: 'image/png', bytes: await this.decoder.sheet(middles, framesPerRow) };
  }

  private async prepareFrame(pixels: object, time: number, options: PrepareOptions): Promise<unknown> {
    try {
      return await this.image.prepare(pixels, options);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new DataError(`Video: its frame at ${time.toFixed(2)} s: ${error.message}`, { cause: error });
    }
  }

  private framesOf(lengths: readonly number[], { lengthMultiple = 1 }: BatchShape): number {
    if (this.options.plan.kind === 'uniform') return this.maxFrames;
    const longest = Math.max(1, ...lengths);
    return Math.min(this.maxFrames, Math.ceil(longest / lengthMultiple) * lengthMultiple);
  }

  private stepsOf({ frames, times, duration }: PreparedVideo): Step[] {
    const steps = this.options.steps ?? frames.length;
    return poolBins(frames.length, steps).map(({ start, length }, step) => ({
      span: { from: times[start] ?? 0, to: times[start + length] ?? duration },
      step,
      steps,
      frames: frames.slice(start, start + length),
    }));
  }
}

/** The frames that are pooled to one step. */
interface Step {
  readonly span: TimeSpan;
  readonly step: number;
  readonly steps: number;
  readonly frames: readonly unknown[];
}
