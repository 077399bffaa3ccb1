/** By what `tessera explain` tells what tokens did. */
export const explanationMethods = ['attention', 'rollout', 'integrated-gradients'] as const;

/** One of {@link explanationMethods}. */
export type ExplanationMethod = (typeof explanationMethods)[number];
