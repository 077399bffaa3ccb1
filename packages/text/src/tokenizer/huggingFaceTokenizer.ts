// What is used of @huggingface/tokenizers. Its declarations import files without extensions, which Node's rules for ES
// modules do not resolve, so the shapes stand here.
import * as tokenizers from '@huggingface/tokenizers';

/** A tokenizer of @huggingface/tokenizers. */
export interface HuggingFaceTokenizer {
  readonly normalizer: { normalize(text: string): string } | null;
  readonly pre_tokenizer: { pre_tokenize(text: string): string[] } | null;
  /** Ids of a text's pieces. */
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: number[] };
}

/** The part of a tokenizer.json that decides how a text is cut into ids. */
export interface TokenizerJson {
  readonly added_tokens: readonly { readonly id: number; readonly content: string }[];
  readonly normalizer: Readonly<Record<string, unknown>> | null;
  readonly pre_tokenizer: Readonly<Record<string, unknown>> | null;
  readonly model: {
    readonly type: 'WordPiece';
    readonly unk_token: string;
    readonly vocab: Readonly<Record<string, number>>;
  };
}

const { Tokenizer } = tokenizers as unknown as {
  readonly Tokenizer: new (tokenizer: object, config: object) => HuggingFaceTokenizer;
};

/** Opens a tokenizer; nothing is fetched. Throws what the package throws at a component it does not know. */
export function openHuggingFaceTokenizer(json: TokenizerJson): HuggingFaceTokenizer {
  return new Tokenizer({ ...json, decoder: null, post_processor: null }, {});
}
