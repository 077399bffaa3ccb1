import { definePlugin } from '@tessera/core';
import { defineResnet } from './resnet/defineResnet.js';

/** Image encoders: `resnet18`, `resnet34`, `resnet50`, `resnet101`, `resnet152`. */
export const visionPlugin = definePlugin({
  name: '@tessera/vision',
  components: [
    defineResnet('resnet18'),
    defineResnet('resnet34'),
    defineResnet('resnet50'),
    defineResnet('resnet101'),
    defineResnet('resnet152'),
  ],
});
