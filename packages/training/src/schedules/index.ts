import { constant } from './constant.js';
import { cosine, cosineAnnealing } from './cosine.js';
import { linear, warmupLinear } from './linear.js';
import { plateau } from './plateau.js';

export { linearFactor, type LinearOptions } from './linear.js';
export { Plateau } from './plateau.js';
export { warmupFactor, type WarmupOptions } from './warmup.js';

/** All built-in schedules. */
export const schedules = [constant, linear, cosine, cosineAnnealing, warmupLinear, plateau] as const;
