import type { Assets, FitSource } from '@tessera/core';
import { WordPieceTokenizer } from '../tokenizer/wordPieceTokenizer.js';
import { wordSplitter } from '../tokenizer/wordSplitter.js';
import { countWords } from './countWords.js';
import { readTextFile } from './readTextFile.js';
import { trainWordPieces } from './trainWordPieces.js';
import { noVocabulary, noWords } from './vocabularyError.js';
import { vocabularyAsset, vocabularyFiles, vocabularyText } from './vocabularyFile.js';
import type { VocabularyOptions } from './vocabularySchema.js';

/**
 * Reads the WordPiece vocabulary that the options name, or learns one from training texts.
 * @throws SpecError when neither can be done, or when the file is no vocabulary
 */
export async function fitWordPieces(options: VocabularyOptions, source: FitSource): Promise<Assets> {
  const { path, baseFolder, values } = source;
  const { vocab, lowercase } = options;
  if (vocab !== undefined) {
    const text = await readTextFile({ file: vocab, baseFolder, option: `${path}.vocab` });
    const assets = vocabularyAsset(vocab, text);
    WordPieceTokenizer.open(assets, { path, vocab, lowercase });
    return assets;
  }
  if (!values) throw noVocabulary({ path });
  const counts = countWords(values, wordSplitter(lowercase ?? true));
  if (counts.size === 0) throw noWords({ path });
  return { [vocabularyFiles.lines]: vocabularyText(trainWordPieces(counts, options)) };
}
