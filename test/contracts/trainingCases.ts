import type { PartSetting } from '@tessera/testing';

/** Cases of optimizers beside their default options. */
export const optimizerCases: Readonly<Record<string, readonly PartSetting[]>> = {
  sgd: [
    {},
    { options: { momentum: 0.9, nesterov: true } },
    { options: { momentum: 0.9, dampening: 0.5, decay: 'l2' } },
  ],
  'bert-adam': [{}, { options: { clipNorm: null } }],
};

/** Cases of schedules beside their default options. */
export const scheduleCases: Readonly<Record<string, readonly PartSetting[]>> = {
  constant: [{}, { options: { warmup: 2, warmupFrom: 'first-step' } }],
  linear: [{}, { options: { warmup: 3, floor: 0.1 } }],
  'cosine-annealing': [{}, { options: { period: 5, floor: 0.1 } }],
  plateau: [{}, { options: { patience: 0, cooldown: 1, minimum: 0.1 } }, { options: { decay: 'linear', warmup: 0.2 } }],
};
