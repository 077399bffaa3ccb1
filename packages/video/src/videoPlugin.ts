import { definePlugin } from '@tessera/core';
import { video } from './videoDefinition.js';

/** The encoder of videos: `video`. */
export const videoPlugin = definePlugin({ name: '@tessera/video', components: [video] });
