// Shapes: B batch, T frames, M mel bins, N tokens, E tokenWidth.
import type {
  BatchTensors,
  Encoder,
  ForwardContext,
  PrepareOptions,
  Preview,
  TokenBlock,
  TokenDescription,
} from '@tessera/core';
import { adaptivePool2d, tidyRecord } from '@tessera/layers';
import { reshape, tile, type Rank, type Tensor2D, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { TimePool } from './input/soundInputSchema.js';
import type { PreparedSound, SoundBatch, SoundPreparation } from './input/soundPreparation.js';
import type { RawSound } from './sound/rawSound.js';

/** Turns spectrograms [B, T, M] into a map [B, time, frequencies, E]; with states that have no frequencies, of 1. */
export interface SoundNetwork {
  readonly featureWidth: number;
  apply(features: Tensor3D, context: ForwardContext): Tensor4D;
}

/** Sounds → one token for each stretch of time, by a network on spectrograms and adaptive pooling. */
export class SoundEncoder implements Encoder<RawSound, PreparedSound> {
  readonly tokenWidth: number;
  readonly maxTokens: number;
  readonly fixedLength = true;
  readonly tokenSpace = 'encoder';
  readonly numParts = 1;
  readonly towerPaths: readonly string[];

  /** @param path - of the network's parameters */
  constructor(
    path: string,
    private readonly network: SoundNetwork,
    private readonly preparation: SoundPreparation,
    private readonly pool: TimePool,
  ) {
    this.tokenWidth = network.featureWidth;
    this.maxTokens = pool.tokens;
    this.towerPaths = [path];
  }

  check(raw: RawSound): Promise<void> {
    return this.preparation.check(raw);
  }

  prepare(raw: RawSound, options: PrepareOptions): Promise<PreparedSound> {
    return this.preparation.prepare(raw, options);
  }

  collate(items: readonly (PreparedSound | undefined)[]): SoundBatch {
    return this.preparation.collate(items);
  }

  encode(batch: BatchTensors, context: ForwardContext): TokenBlock {
    const { features, present } = batch as SoundBatch;
    const { kind, tokens } = this.pool;
    return tidyRecord(() => {
      const pooled = adaptivePool2d(this.network.apply(features, context), [tokens, 1], kind); // [B, N, 1, E]
      return {
        tokens: reshape<Rank.R3>(pooled, [-1, tokens, this.tokenWidth]),
        mask: tile<Tensor2D>(present, [1, tokens]), // [B, N]
      };
    });
  }

  describeTokens(): readonly TokenDescription[] {
    return this.preparation.describe(this.maxTokens);
  }

  preview(raw: RawSound): Promise<Preview> {
    return this.preparation.preview(raw);
  }
}
