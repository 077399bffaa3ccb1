// BERT's tokenisation, by @huggingface/tokenizers.
import { hashText, type Assets, type Vocabulary } from '@tessera/core';
import { noVocabulary, vocabularyError } from '../vocabulary/vocabularyError.js';
import { vocabularyFiles, vocabularyLines } from '../vocabulary/vocabularyFile.js';
import { bertTokenizerJson } from './bertTokenizerJson.js';
import { openHuggingFaceTokenizer, type HuggingFaceTokenizer, type TokenizerJson } from './huggingFaceTokenizer.js';
import { spaceRareIdeographs } from './ideographs.js';
import { lowercaseOf } from './letterCase.js';
import { parseTokenizerJson, type TokenizerJsonPlace } from './parseTokenizerJson.js';
import { firstIds } from './stretches.js';
import type { TextTokenizer } from './textTokenizer.js';

/** Cuts texts into word pieces as BERT does; `[SEP]` and the like are recognised where they stand in a text. */
export class WordPieceTokenizer implements TextTokenizer {
  readonly size: number;
  readonly padId: number;
  readonly unknownId: number;
  /** What a word table must have rows for. */
  readonly vocabulary: Vocabulary;
  private readonly tokenizer: HuggingFaceTokenizer;
  private readonly prepare: (text: string) => string;

  private constructor(
    json: TokenizerJson,
    private readonly pieces: readonly string[],
    place: TokenizerJsonPlace,
  ) {
    const [padId, unknownId, clsId, sepId] = findSpecials(pieces, json.model.unk_token, place);
    this.size = pieces.length;
    this.padId = padId;
    this.unknownId = unknownId;
    const fingerprint = `${pieces.length}:${hashText(pieces.join('\n'))}`;
    this.vocabulary = { size: this.size, padId, clsId, sepId, fingerprint };
    this.tokenizer = openTokenizer(json, place);
    this.prepare = json.normalizer?.['handle_chinese_chars'] === true ? spaceRareIdeographs : (text) => text;
  }

  /**
   * A tokenizer over the vocabulary among a part's assets: `tokenizer.json` or `vocab.txt`.
   * @throws SpecError when there is none, when it is damaged, or when it lacks a special token
   */
  static open(assets: Assets, place: TokenizerJsonPlace): WordPieceTokenizer {
    const json = readJson(assets, place);
    return new WordPieceTokenizer(json, piecesOf(json), place);
  }

  encode(text: string, limit: number): number[] {
    return firstIds(
      text,
      limit,
      (stretch) => this.tokenizer.encode(this.prepare(stretch), { add_special_tokens: false }).ids,
    );
  }

  piece(id: number): string {
    return this.pieces[id] ?? this.pieces[this.unknownId] ?? '';
  }
}

function readJson(assets: Assets, place: TokenizerJsonPlace): TokenizerJson {
  const json = assets[vocabularyFiles.json];
  if (json !== undefined) return parseTokenizerJson(json, place);
  const lines = assets[vocabularyFiles.lines];
  if (lines === undefined) throw noVocabulary(place);
  const pieces = vocabularyLines(lines);
  return bertTokenizerJson(pieces, lowercaseOf(place.lowercase, pieces));
}

/** Pieces by id; an id that nothing stands for is empty. */
function piecesOf({ model, added_tokens: added }: TokenizerJson): string[] {
  const entries = [...Object.entries(model.vocab), ...added.map(({ content, id }) => [content, id] as const)];
  const size = entries.reduce((most, [, id]) => Math.max(most, id + 1), 0);
  const pieces = new Array<string>(size).fill('');
  for (const [piece, id] of entries) pieces[id] = piece;
  return pieces;
}

/** Ids of padding, the unknown, [CLS] and [SEP]. */
function findSpecials(
  pieces: readonly string[],
  unknown: string,
  place: TokenizerJsonPlace,
): [pad: number, unknown: number, cls: number, sep: number] {
  const names = ['[PAD]', unknown, '[CLS]', '[SEP]'] as const;
  const missing = names.filter((name) => !pieces.includes(name));
  if (missing.length > 0) {
    throw vocabularyError(place, {
      rule: `must hold ${names.join(', ')}`,
      found: ` without ${missing.join(', ')}`,
      advice: 'Use the vocab.txt or tokenizer.json of a BERT.',
    });
  }
  const id = (name: string): number => pieces.lastIndexOf(name);
  return [id('[PAD]'), id(unknown), id('[CLS]'), id('[SEP]')];
}

function openTokenizer(json: TokenizerJson, place: TokenizerJsonPlace): HuggingFaceTokenizer {
  try {
    return openHuggingFaceTokenizer(json);
  } catch (cause) {
    throw vocabularyError(place, {
      rule: 'must be a tokenizer of known components',
      found: ` (${cause instanceof Error ? cause.message : String(cause)})`,
      advice: 'Use the vocab.txt beside it.',
      cause,
    });
  }
}
