// Shapes: B batch, H and W size of the input, h and w of the feature map, N = rows · columns tokens, E tokenWidth.
import {
  type BatchTensors,
  type Encoder,
  type ForwardContext,
  type PrepareOptions,
  type Preview,
  type TokenBlock,
  type TokenDescription,
} from '@tessera/core';
import { adaptivePool2d, tidyRecord, type PoolKind } from '@tessera/layers';
import { reshape, tidy, tile, type Rank, type Tensor2D, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { ImageBatch, ImagePreparation, PreparedImage } from '../input/imagePreparation.js';
import type { RawImage } from '../picture/rawImage.js';
import type { ResNet, ResnetStage } from './resnet.js';

/** How a feature map becomes tokens. */
export interface PoolOptions {
  readonly kind: PoolKind;
  /** Rows and columns of regions. */
  readonly grid: readonly [rows: number, columns: number];
}

/** Pictures → one token for each region of a grid, by a ResNet and adaptive pooling. */
export class ResnetEncoder implements Encoder<RawImage, PreparedImage> {
  readonly tokenWidth: number;
  readonly maxTokens: number;
  readonly fixedLength = true;
  readonly tokenSpace = 'encoder';
  readonly numParts = 1;
  readonly towerPaths: readonly string[];

  /** @param path - of the network's parameters */
  constructor(
    path: string,
    private readonly network: ResNet,
    private readonly preparation: ImagePreparation,
    private readonly pool: PoolOptions,
  ) {
    this.tokenWidth = network.featureWidth;
    this.maxTokens = pool.grid[0] * pool.grid[1];
    this.towerPaths = [path];
  }

  check(raw: RawImage): Promise<void> {
    return this.preparation.check(raw);
  }

  prepare(raw: RawImage, options: PrepareOptions): Promise<PreparedImage> {
    return this.preparation.prepare(raw, options);
  }

  collate(items: readonly (PreparedImage | undefined)[]): ImageBatch {
    return this.preparation.collate(items);
  }

  encode(batch: BatchTensors, context: ForwardContext): TokenBlock {
    const { images, present } = batch as ImageBatch;
    return tidyRecord(() => ({
      tokens: this.poolTokens(this.network.apply(images, context)),
      mask: tile<Tensor2D>(present, [1, this.maxTokens]), // [B, N]
    }));
  }

  /** Feature map [B, h, w, E] → tokens [B, N, E], row by row. */
  poolTokens(map: Tensor4D): Tensor3D {
    const { kind, grid } = this.pool;
    return tidy(() => reshape<Rank.R3>(adaptivePool2d(map, grid, kind), [-1, this.maxTokens, this.tokenWidth]));
  }

  /** The network's map after each stage, for tests against reference values. The caller disposes them. */
  stages(images: Tensor4D, context: ForwardContext): Partial<Record<ResnetStage, Tensor4D>> {
    return this.network.stages(images, context);
  }

  describeTokens(): readonly TokenDescription[] {
    const [rows, columns] = this.pool.grid;
    return Array.from({ length: rows * columns }, (_, i) => ({
      kind: 'region',
      row: Math.floor(i / columns),
      column: i % columns,
      rows,
      columns,
    }));
  }

  preview(raw: RawImage): Promise<Preview> {
    return this.preparation.preview(raw);
  }
}
