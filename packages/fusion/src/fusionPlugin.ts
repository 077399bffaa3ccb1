import { definePlugin } from '@tessera/core';
import { bitransformer } from './bitransformer/bitransformerDefinition.js';
import { concat } from './concat/concat.js';

/** The built-in fusions: `bitransformer` and `concat`. */
export const fusionPlugin = definePlugin({ name: '@tessera/fusion', components: [bitransformer, concat] });
