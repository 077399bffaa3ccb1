import { adam } from './adam.js';
import { adamW } from './adamW.js';
import { bertAdam } from './bertAdam.js';
import { sgd } from './sgd.js';

export { Adam } from './adam.js';
export { AdamW } from './adamW.js';
export { BertAdam } from './bertAdam.js';
export { Sgd } from './sgd.js';

/** All built-in optimizers. */
export const optimizers = [adamW, adam, sgd, bertAdam] as const;
