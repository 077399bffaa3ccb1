import { definePlugin } from '@tessera/core';
import { bert } from './bert/bertDefinition.js';
import { bow } from './bow/bowDefinition.js';
import { wordpiece } from './wordpiece/wordpieceDefinition.js';

/** The built-in text encoders: `wordpiece`, `bert` and `bow`. */
export const textPlugin = definePlugin({ name: '@tessera/text', components: [wordpiece, bert, bow] });
