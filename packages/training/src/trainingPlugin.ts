import { definePlugin } from '@tessera/core';
import { optimizers } from './optimizers/index.js';
import { schedules } from './schedules/index.js';

/** The built-in optimizers and learning-rate schedules. */
export const trainingPlugin = definePlugin({ name: '@tessera/training', components: [...optimizers, ...schedules] });
