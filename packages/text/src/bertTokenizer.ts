// BERT's tokenisation, by @huggingface/tokenizers.
import * as tokenizers from '@huggingface/tokenizers';
import { hashText, SpecError, type Assets, type Vocabulary } from '@tessera/core';

/** A BERT tokenizer with the ids a model needs to know. */
export interface BertTokenizer {
  readonly vocabulary: Vocabulary;
  /** Ids of a text's word pieces, without special tokens. */
  encode(text: string): number[];
  /** The piece of an id. */
  piece(id: number): string;
}

/** What is used of a tokenizer. The package's own declarations cannot be resolved by Node's rules for ES modules. */
interface HuggingFaceTokenizer {
  readonly normalizer: { normalize(text: string): string } | null;
  readonly pre_tokenizer: { pre_tokenize(text: string): string[] } | null;
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: number[] };
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  get_vocab(): ReadonlyMap<string, number>;
}
const { Tokenizer } = tokenizers as unknown as {
  readonly Tokenizer: new (tokenizer: object, config: object) => HuggingFaceTokenizer;
};

const vocabFile = 'vocab.txt';
const jsonFile = 'tokenizer.json';

/** The tokenizer.json of a BERT tokenizer over a list of pieces. */
const bertTokenizerJson = (pieces: readonly string[], lowercase: boolean): Record<string, unknown> => ({
  version: '1.0',
  added_tokens: [],
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
  },
});

/** Splits texts into the words that BERT's tokenizer sees: normalised, split at spaces and punctuation. */
export function wordSplitter(lowercase: boolean): (text: string) => string[] {
  const tokenizer = new Tokenizer(bertTokenizerJson(['[UNK]'], lowercase), {});
  return (text) => {
    const normalized = tokenizer.normalizer?.normalize(text) ?? text;
    return tokenizer.pre_tokenizer?.pre_tokenize(normalized) ?? [];
  };
}

/** Names the file that a vocabulary's text is kept under in a run: `tokenizer.json` for JSON, else `vocab.txt`. */
export const vocabularyAsset = (text: string): Assets => ({
  [text.trimStart().startsWith('{') ? jsonFile : vocabFile]: text,
});

/**
 * A tokenizer from a part's assets.
 * @param path - where the part stands in the spec, for messages
 * @throws SpecError when the vocabulary is damaged or lacks a special token
 */
export function openTokenizer(assets: Assets, lowercase: boolean, path: string): BertTokenizer {
  const json = assets[jsonFile];
  const text = json ?? assets[vocabFile];
  if (text === undefined) {
    throw new SpecError([
      {
        path: `${path}.vocab`,
        message: 'is required without training data: the path of a vocab.txt or tokenizer.json.',
      },
    ]);
  }
  const pieces = text.split(/\r?\n/).filter((piece, i, all) => piece !== '' || i < all.length - 1);
  const tokenizer =
    json === undefined ? new Tokenizer(bertTokenizerJson(pieces, lowercase), {}) : parseTokenizer(json, path);
  const idOf = (piece: string): number => {
    const id = tokenizer.token_to_id(piece);
    if (id === undefined) {
      throw new SpecError([
        { path: `${path}.vocab`, message: `must hold the special token ${piece}, got none. Use a BERT vocabulary.` },
      ]);
    }
    return id;
  };
  idOf('[UNK]');
  return {
    vocabulary: {
      size: tokenizer.get_vocab().size,
      padId: idOf('[PAD]'),
      clsId: idOf('[CLS]'),
      sepId: idOf('[SEP]'),
      fingerprint: `${hashText(text)}:${text.length}:${lowercase}`,
    },
    encode: (input) => tokenizer.encode(input, { add_special_tokens: false }).ids,
    piece: (id) => tokenizer.id_to_token(id) ?? '[UNK]',
  };
}

function parseTokenizer(json: string, path: string): HuggingFaceTokenizer {
  try {
    return new Tokenizer(JSON.parse(json) as object, {});
  } catch (error) {
    throw new SpecError(
      [
        {
          path: `${path}.vocab`,
          message: `must be a tokenizer.json of a WordPiece tokenizer, got a damaged one (${(error as Error).message}).`,
        },
      ],
      {
        cause: error,
      },
    );
  }
}
