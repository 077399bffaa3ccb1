export { textPlugin } from './textPlugin.js';
export { WordpieceEncoder, wordpiece } from './wordpieceEncoder.js';
export { BertEncoder, bert, type BertEncoderOptions } from './bertEncoder.js';
export { BowEncoder, bow, type BowOptions } from './bowEncoder.js';
export { openTokenizer, wordSplitter, type BertTokenizer } from './bertTokenizer.js';
export { buildVocabulary, specialTokens, type VocabularyLimits } from './vocabulary.js';
export { readGlove, type GloveVectors } from './glove.js';
export { type PreparedText, type RawText } from './textInput.js';
