import { specialTokens } from '../vocabulary/specialTokens.js';
import type { TokenizerJson } from './huggingFaceTokenizer.js';

/**
 * The tokenizer.json of a BERT over a list of pieces, as Hugging Face's BertTokenizerFast makes it of a vocab.txt:
 * control characters removed, ideographs apart, lower-cased and without accents if asked for, split at spaces and
 * punctuation, then the longest known piece first. Special tokens are recognised in the text.
 * @param pieces - by id; the last of equal ones counts, as in BERT's own loader
 */
export function bertTokenizerJson(pieces: readonly string[], lowercase: boolean): TokenizerJson {
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const added = specialTokens.flatMap((content) => {
    const id = ids.get(content);
    return id === undefined ? [] : [{ id, content, special: true, normalized: false, single_word: false }];
  });
  return {
    added_tokens: added,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    } as TokenizerJson['model'],
  };
}
