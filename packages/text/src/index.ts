/**
 * Text encoders: WordPiece for the bitransformer, BERT, bag of words.
 *
 * @module @tessera/text
 */
export { textPlugin } from './textPlugin.js';
export { wordpiece } from './wordpiece/wordpieceDefinition.js';
export { WordpieceEncoder, type WordpieceEncoderOptions } from './wordpiece/wordpieceEncoder.js';
export { bert } from './bert/bertDefinition.js';
export { BertEncoder } from './bert/bertEncoder.js';
export { bertSchema, type BertConfig } from './bert/bertSchema.js';
export { bow } from './bow/bowDefinition.js';
export { BowEncoder, type BowEncoderOptions } from './bow/bowEncoder.js';
export { bowSchema, type BowConfig } from './bow/bowSchema.js';
export { WordVectors, type WordVectorsOptions } from './bow/wordVectors.js';
export type { RawText, SentencePair } from './input/rawText.js';
export type { PreparedText, TextBatch } from './input/textBatch.js';
export type { TextTokenizer } from './tokenizer/textTokenizer.js';
export { WordListTokenizer, type WordBoundaries } from './tokenizer/wordListTokenizer.js';
export { WordPieceTokenizer } from './tokenizer/wordPieceTokenizer.js';
export { wordSplitter } from './tokenizer/wordSplitter.js';
export { specialTokens } from './vocabulary/specialTokens.js';
export { trainWordPieces, type TrainingLimits } from './vocabulary/trainWordPieces.js';
