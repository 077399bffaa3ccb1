// Puts the modalities' blocks into one sequence: [CLS] block_1 [SEP] block_2 [SEP] … block_n, in declared order.
// [CLS] belongs to the first block, a [SEP] to the block before it. Source: facebookresearch/mmbt, mmbt.py, for one
// picture and one text; the rule for other numbers of modalities is ours, and so is that of absent ones: a [SEP] is real
// only between two blocks that are present, so that a sample is read as if the others had never been declared.
// Shapes: B batch, N tokens of one block, S joined sequence, D hiddenSize.
import {
  add,
  cast,
  concat,
  max,
  maximum,
  mul,
  ones,
  reshape,
  slice,
  sum,
  tensor2d,
  zeros,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { ModalityShape, TokenBlock, TokenSpan } from '@tessera/core';
import { tidyRecord } from '@tessera/layers';

/** The joined blocks. */
export interface JoinedSequence {
  /** [B, S, D]. */
  readonly tokens: Tensor3D;
  /** [B, S] float32, 1 = real token. */
  readonly mask: Tensor2D;
  /** int32 [B, S], or [1, S] where all samples have the same. */
  readonly positions: Tensor2D;
  /** int32 [B, S] or [1, S]. */
  readonly segments: Tensor2D;
  readonly spans: readonly TokenSpan[];
}

/** A stretch of the sequence: one block's tokens, or a special token. Ids are [B, n] or [1, n]. */
interface Piece {
  readonly tokens: Tensor3D;
  readonly mask: Tensor2D;
  readonly positions: Tensor2D;
  readonly segments: Tensor2D;
}

/** What of a modality decides where its block stands. */
interface BlockPlan {
  readonly modality: string;
  readonly fixedLength: boolean;
  readonly numParts: number;
  /** Segment of the block's first part. */
  readonly firstSegment: number;
}

/** Joins blocks of a known list of modalities. */
export class JointSequence {
  private readonly plans: readonly BlockPlan[];

  constructor(
    modalities: readonly ModalityShape[],
    private readonly options: { readonly paddingSegment: 'zero' | 'own' },
  ) {
    let firstSegment = 0;
    this.plans = modalities.map(({ modality, fixedLength, numParts }) => {
      const plan = { modality, fixedLength, numParts, firstSegment };
      firstSegment += numParts;
      return plan;
    });
  }

  /**
   * Blocks of width D in declared order → one sequence. Positions restart at 0 for each block.
   * @param specials - [2, D]: [CLS] and [SEP]; the blocks stand side by side without them when left out
   */
  join(blocks: readonly TokenBlock[], specials?: Tensor2D): JoinedSequence {
    return tidyRecord(() => {
      const pieces: Piece[] = [];
      const spans: TokenSpan[] = [];
      const presence = blocks.map(({ present, mask }) => present ?? max<Tensor2D>(mask, 1, true)); // [B, 1]
      let length = 0;
      const place = (piece: Piece): void => {
        length += piece.tokens.shape[1];
        pieces.push(piece);
      };
      this.plans.forEach((plan, i) => {
        const block = blocks[i] as TokenBlock;
        const batch = block.tokens.shape[0];
        const start = specials && i === 0 ? 1 : 0;
        if (specials && i === 0) {
          place(specialPiece(rowOf(specials, 0), ones([batch, 1]), sameForAll([0]), plan.firstSegment));
        }
        spans.push({ modality: plan.modality, start: length, length: block.tokens.shape[1] });
        place({
          tokens: block.tokens,
          mask: block.mask,
          positions: counting(start, block.tokens.shape[1]),
          segments: this.segments(plan, block),
        });
        if (specials && i < this.plans.length - 1) {
          const segment = plan.firstSegment + plan.numParts - 1;
          place(specialPiece(rowOf(specials, 1), separates(presence, i), positionAfter(plan, block, start), segment));
        }
      });
      return { ...joinPieces(pieces), spans };
    });
  }

  /** Segment of each token of a block: its part's, and for padding that or 0. */
  private segments({ firstSegment, numParts }: BlockPlan, { tokens, mask, parts }: TokenBlock): Tensor2D {
    const length = tokens.shape[1];
    const own: Tensor2D =
      parts && numParts > 1 ? add(parts, sameForAll([firstSegment])) : constant(firstSegment, length);
    const alwaysZero = firstSegment === 0 && numParts === 1;
    return this.options.paddingSegment === 'own' || alwaysZero ? own : mul(own, cast(mask, 'int32'));
  }
}

/**
 * Position of a [SEP]: right after the block's tokens. Where the number of tokens varies it follows the real ones of
 * each sample, so that the padding of the batch changes nothing.
 */
function positionAfter({ fixedLength }: BlockPlan, { tokens, mask }: TokenBlock, start: number): Tensor2D {
  if (fixedLength) return sameForAll([start + tokens.shape[1]]);
  const real = cast<Tensor2D>(sum(mask, 1, true), 'int32'); // [B, 1]
  return add(real, sameForAll([start]));
}

const rowOf = (rows: Tensor2D, index: number): Tensor2D => slice(rows, [index, 0], [1, rows.shape[1]]);

/** [B, 1]: 1 where block `index` is present and any block after it. */
function separates(presence: readonly Tensor2D[], index: number): Tensor2D {
  const later = presence.slice(index + 1).reduce((any, here) => maximum<Tensor2D>(any, here));
  return mul(presence[index] as Tensor2D, later);
}

/** One token for all samples, real where the mask [B, 1] says so. */
function specialPiece(row: Tensor2D, mask: Tensor2D, positions: Tensor2D, segment: number): Piece {
  const width = row.shape[1];
  return {
    tokens: add(zeros([mask.shape[0], 1, width]), reshape(row, [1, 1, width])),
    mask,
    positions,
    segments: constant(segment, 1),
  };
}

function joinPieces(pieces: readonly Piece[]): Omit<JoinedSequence, 'spans'> {
  const tokens = concat(
    pieces.map((piece) => piece.tokens),
    1,
  );
  return {
    tokens,
    mask: concat(
      pieces.map((piece) => piece.mask),
      1,
    ),
    positions: joinIds(
      pieces.map((piece) => piece.positions),
      tokens.shape[0],
    ),
    segments: joinIds(
      pieces.map((piece) => piece.segments),
      tokens.shape[0],
    ),
  };
}

/** Ids side by side; [1, S] unless one of them differs between samples. */
function joinIds(ids: readonly Tensor2D[], batch: number): Tensor2D {
  if (ids.every(({ shape }) => shape[0] === 1)) return concat([...ids], 1);
  return concat(
    ids.map((part) => (part.shape[0] === batch ? part : add(part, zeros([batch, 1], 'int32')))),
    1,
  );
}

const sameForAll = (values: readonly number[]): Tensor2D => tensor2d([[...values]], [1, values.length], 'int32');

const constant = (value: number, length: number): Tensor2D => sameForAll(new Array<number>(length).fill(value));

const counting = (start: number, length: number): Tensor2D => sameForAll(Array.from({ length }, (_, i) => start + i));
