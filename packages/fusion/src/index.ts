/**
 * Fusions: the multimodal bitransformer and concatenation.
 *
 * @module @tessera/fusion
 */
export { Bitransformer } from './bitransformer/bitransformer.js';
export { bitransformerConfig, type BitransformerConfig } from './bitransformer/bitransformerConfig.js';
export { bitransformer } from './bitransformer/bitransformerDefinition.js';
export type { JoinedSequence } from './bitransformer/jointSequence.js';
export { wordTable, WordTable, type WordTableOptions } from './bitransformer/wordTable.js';
export { Concat, concat } from './concat/concat.js';
export { concatConfig } from './concat/concatConfig.js';
export { fusionPlugin } from './fusionPlugin.js';
