/**
 * Fusions: the multimodal bitransformer, concatenation, gates and attention bottlenecks.
 *
 * @module @tessera/fusion
 */
export { Bitransformer } from './bitransformer/bitransformer.js';
export { bitransformerConfig, type BitransformerConfig } from './bitransformer/bitransformerConfig.js';
export { bitransformer } from './bitransformer/bitransformerDefinition.js';
export type { JoinedSequence } from './bitransformer/jointSequence.js';
export { wordTable, WordTable, type WordTableOptions } from './bitransformer/wordTable.js';
export { Bottleneck, bottleneck } from './bottleneck/bottleneck.js';
export { bottleneckConfig, type BottleneckConfig } from './bottleneck/bottleneckConfig.js';
export { Concat, concat } from './concat/concat.js';
export { concatConfig } from './concat/concatConfig.js';
export { Gated, gated } from './gated/gated.js';
export { gatedConfig } from './gated/gatedConfig.js';
export { Late, late, lateConfig } from './late/late.js';
export { fusionPlugin } from './fusionPlugin.js';
