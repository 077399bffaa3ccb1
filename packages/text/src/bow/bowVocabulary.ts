import type { Assets, FitSource } from '@tessera/core';
import type { TextTokenizer } from '../tokenizer/textTokenizer.js';
import {
  splitterFor,
  withSpecialWords,
  WordListTokenizer,
  type WordBoundaries,
} from '../tokenizer/wordListTokenizer.js';
import { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import { byFrequency, countWords } from '../vocabulary/countWords.js';
import { fitWordPieces } from '../vocabulary/fitWordPieces.js';
import { readTextFile } from '../vocabulary/readTextFile.js';
import { noVocabulary, noWords, vocabularyError, type VocabularyPlace } from '../vocabulary/vocabularyError.js';
import { vocabularyAsset, vocabularyFiles, vocabularyLines, vocabularyText } from '../vocabulary/vocabularyFile.js';
import type { BowConfig } from './bowSchema.js';
import { selectGlove } from './gloveFile.js';

/** Name of the asset that holds the GloVe lines of the vocabulary's words. */
export const gloveAsset = 'glove.txt';

/**
 * Reads or learns the words and, where a GloVe file is named, picks their lines from it.
 * @throws SpecError when there is no vocabulary, or a file cannot be read
 */
export async function fitBow(config: BowConfig, source: FitSource): Promise<Assets> {
  const { path, baseFolder } = source;
  const assets =
    config.tokens === 'wordpiece' ? await fitWordPieces(config, source) : await fitWords(config, config.tokens, source);
  if (config.glove === undefined) return assets;
  const tokenizer = openBowTokenizer(config, assets, path);
  const words = new Set(Array.from({ length: tokenizer.size }, (_, id) => tokenizer.piece(id)));
  const named = { file: config.glove, baseFolder, option: `${path}.glove` };
  const file = named.file.split(/[/\\]/).at(-1) ?? named.file;
  const onProgress = (done: number, total: number): void => source.onProgress?.(file, done, total);
  const lines = await selectGlove(named, { words, dimension: config.dimension, path, onProgress });
  return { ...assets, [gloveAsset]: `${lines.join('\n')}\n` };
}

/** The tokenizer over a bag of words' assets. Throws SpecError when its vocabulary is missing or damaged. */
export function openBowTokenizer(config: BowConfig, assets: Assets, path: string): TextTokenizer {
  const { tokens, vocab, lowercase } = config;
  if (tokens === 'wordpiece') return WordPieceTokenizer.open(assets, { path, vocab, lowercase });
  const lines = assets[vocabularyFiles.lines];
  if (lines === undefined) throw noVocabulary({ path });
  return new WordListTokenizer(vocabularyLines(lines), { boundaries: tokens, lowercase });
}

async function fitWords(config: BowConfig, boundaries: WordBoundaries, source: FitSource): Promise<Assets> {
  const { path, baseFolder, values } = source;
  const { vocab, lowercase = true, vocabSize, minimumFrequency } = config;
  if (vocab !== undefined) {
    const text = await readTextFile({ file: vocab, baseFolder, option: `${path}.vocab` });
    return { [vocabularyFiles.lines]: vocabularyText(withSpecialWords(wordList(text, { path, vocab }))) };
  }
  if (!values) throw noVocabulary({ path });
  const counts = countWords(values, splitterFor(boundaries, lowercase));
  if (counts.size === 0) throw noWords({ path });
  const frequent = [...counts].filter(([, count]) => count >= minimumFrequency).sort(byFrequency);
  const words = withSpecialWords(frequent.slice(0, vocabSize - 2).map(([word]) => word));
  return { [vocabularyFiles.lines]: vocabularyText(words) };
}

/** The words of a file, one a line. Throws SpecError when it is something else. */
function wordList(text: string, place: Required<VocabularyPlace>): string[] {
  const words = vocabularyLines(text);
  const isJson = vocabularyFiles.json in vocabularyAsset(place.vocab, text);
  if (!isJson && words.some((word) => word.trim() !== '')) return words;
  throw vocabularyError(place, {
    rule: 'must be a list of words, one a line',
    found: isJson ? '' : ' without words',
    advice: isJson ? 'Name a text file, or say `tokens: wordpiece`.' : 'Check the file.',
  });
}
