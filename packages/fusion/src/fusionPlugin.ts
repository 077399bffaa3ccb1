import { definePlugin } from '@tessera/core';
import { bitransformer } from './bitransformer/bitransformerDefinition.js';
import { bottleneck } from './bottleneck/bottleneck.js';
import { concat } from './concat/concat.js';
import { gated } from './gated/gated.js';
import { late } from './late/late.js';

/** The built-in fusions. */
export const fusionPlugin = definePlugin({
  name: '@tessera/fusion',
  components: [bitransformer, concat, gated, bottleneck, late],
});
