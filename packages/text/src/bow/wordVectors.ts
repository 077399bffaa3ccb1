// Shapes: B batch, N words, V entries of the vocabulary, E dimension.
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { normal, type Initializer, type Parameter, type ParameterScope } from '@tessera/core';
import { gather } from '@tessera/layers';
import type { TextTokenizer } from '../tokenizer/textTokenizer.js';
import { splitGloveLine } from './gloveLine.js';

/** What word vectors start as and whether they are trained. */
export interface WordVectorsOptions {
  /** E. */
  readonly dimension: number;
  readonly frozen: boolean;
  /** Standard deviation of vectors that no GloVe line gives; not used with `glove`, where they are zeros. */
  readonly initialStd: number;
  /** Lines of a GloVe file. */
  readonly glove?: string;
}

/**
 * A vector for each entry of a vocabulary: parameter `weight` [V, E] below `words`, a buffer when frozen. Padding and
 * the unknown start as zeros: a word that training never saw then adds nothing to a bag.
 */
export class WordVectors {
  private readonly table: Parameter;

  constructor(parameters: ParameterScope, tokenizer: TextTokenizer, options: WordVectorsOptions) {
    const scope = parameters.scope('words');
    const shape = [tokenizer.size, options.dimension];
    const initializer = initialVectors(tokenizer, options);
    this.table = options.frozen
      ? scope.buffer('weight', shape, initializer)
      : scope.weight('weight', shape, initializer);
  }

  /** ids [B, N] → [B, N, E]. */
  lookup(ids: Tensor2D): Tensor3D {
    return gather(this.table.value, ids) as Tensor3D;
  }
}

/** GloVe's lines are read only when no saved values take their place. */
function initialVectors(tokenizer: TextTokenizer, { dimension, initialStd, glove }: WordVectorsOptions): Initializer {
  return (shape, random) => {
    if (glove !== undefined) return gloveVectors(tokenizer, dimension, glove);
    const values = normal(initialStd)(shape, random);
    for (const id of [tokenizer.padId, tokenizer.unknownId]) values.fill(0, id * dimension, (id + 1) * dimension);
    return values;
  };
}

function gloveVectors(tokenizer: TextTokenizer, dimension: number, glove: string): Float32Array {
  const ids = new Map(Array.from({ length: tokenizer.size }, (_, id) => [tokenizer.piece(id), id]));
  const table = new Float32Array(tokenizer.size * dimension);
  for (const line of glove.split('\n')) {
    const row = splitGloveLine(line, dimension);
    const id = row && ids.get(row.word);
    if (row && id !== undefined) table.set(row.vector.split(' ').map(Number), id * dimension);
  }
  return table;
}
