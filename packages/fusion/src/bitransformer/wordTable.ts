// Shapes: B batch, N tokens of one block, D hiddenSize.
import { tensor1d, tidy, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  SpecError,
  token,
  tokenEmbeddings,
  type ParameterScope,
  type TokenEmbeddings,
  type Vocabulary,
} from '@tessera/core';
import { Embedding } from '@tessera/layers';

/** The table of a model without text: padding and the special tokens, nothing else. */
const specialTokensOnly: Vocabulary = { size: 3, padId: 0, clsId: 1, sepId: 2, fingerprint: 'special tokens only' };

/** Where a {@link WordTable} stands. */
export interface WordTableOptions {
  /** Scope of the fusion; the table is its `embeddings.word.weight`. */
  readonly parameters: ParameterScope;
  /** D. */
  readonly hiddenSize: number;
  /** Where the fusion stands in the spec, for messages. */
  readonly path: string;
  /** Scope of the fusion's transformer layers; `layers` if left out. */
  readonly layers?: string;
}

/**
 * The word table that text encoders and the fusion share. It is created when the first encoder says which vocabulary it
 * is for. The padding row follows torch.nn.Embedding's `padding_idx`, as BERT's does: zeros at first, no gradient.
 */
export class WordTable implements TokenEmbeddings {
  readonly width: number;
  readonly layersPath: string;
  private readonly path: string;
  private readonly parameters: ParameterScope;
  private made: { readonly vocabulary: Vocabulary; readonly table: Embedding } | undefined;

  constructor({ parameters, hiddenSize, path, layers = 'layers' }: WordTableOptions) {
    this.width = hiddenSize;
    this.path = path;
    this.layersPath = parameters.scope(layers).path;
    this.parameters = parameters.scope('embeddings').scope('word');
  }

  useVocabulary(vocabulary: Vocabulary): void {
    this.made ??= this.make(vocabulary);
    const known = this.made.vocabulary;
    if (known.fingerprint === vocabulary.fingerprint && known.size === vocabulary.size) return;
    throw new SpecError([
      {
        path: this.path,
        message:
          `modalities that share the word table must have one vocabulary, got two different ones of ${known.size} and ` +
          `${vocabulary.size} words. Give them the same vocabulary, or encode one of them without the fusion's table.`,
      },
    ]);
  }

  /** Makes the smallest table that has [CLS] and [SEP], unless an encoder declared a vocabulary before. */
  useSpecialTokensOnly(): void {
    this.made ??= this.make(specialTokensOnly);
  }

  lookup(ids: Tensor2D): Tensor3D {
    return this.complete().table.apply(ids) as Tensor3D;
  }

  /** The rows of [CLS] and [SEP], [2, D]. */
  specialTokens(): Tensor2D {
    const { vocabulary, table } = this.complete();
    return tidy(() => table.apply(tensor1d([vocabulary.clsId, vocabulary.sepId], 'int32'))) as Tensor2D;
  }

  private make(vocabulary: Vocabulary): { vocabulary: Vocabulary; table: Embedding } {
    const { size, padId } = vocabulary;
    return { vocabulary, table: new Embedding(this.parameters, size, this.width, { padId }) };
  }

  private complete(): { readonly vocabulary: Vocabulary; readonly table: Embedding } {
    if (this.made) return this.made;
    throw new SpecError([
      {
        path: this.path,
        message: 'the word table must know its vocabulary before a look-up, got none. Call useVocabulary first.',
      },
    ]);
  }
}

/** The same service as {@link tokenEmbeddings}, with what the fusion that provides it needs of it besides. */
export const wordTable = token<WordTable>(tokenEmbeddings.key, tokenEmbeddings.description);
