import { definePlugin } from '@tessera/core';
import { bert } from './bertEncoder.js';
import { bow } from './bowEncoder.js';
import { wordpiece } from './wordpieceEncoder.js';

/** The built-in text encoders. */
export const textPlugin = definePlugin({ name: 'text', components: [wordpiece, bert, bow] });
