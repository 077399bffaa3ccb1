import { definePlugin } from '@tessera/core';
import { audioCnn } from './cnn/audioCnnDefinition.js';
import { whisper } from './whisper/whisperDefinition.js';

/** Audio encoders: `audio-cnn` and `whisper`. */
export const audioPlugin = definePlugin({ name: '@tessera/audio', components: [audioCnn, whisper] });
