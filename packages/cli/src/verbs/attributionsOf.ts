import { SpecError, type Model, type PreparedSample } from '@tessera/core';
import {
  attentionAttribution,
  attentionRollout,
  clsAttention,
  gradientAttribution,
  integratedGradients,
  rolloutAttribution,
  type Attribution,
  type HeadContributions,
} from '@tessera/reports';
import type { ExplanationMethod } from '../explanationMethods.js';
import { UsageError } from '../usageError.js';

/** What to tell tokens by. */
export interface AttributionFlags {
  /** Left out: attention, where the fusion has any. */
  readonly method?: readonly ExplanationMethod[];
  readonly layers?: 'last' | 'all';
  /** Of integrated gradients. */
  readonly steps?: number;
}

/** Refuses an option that none of the methods takes: it would have no effect. */
export function checkAttributionFlags({ method = ['attention'], layers, steps }: AttributionFlags): void {
  const refuse = (option: string, value: string | number, needed: ExplanationMethod): never => {
    throw new UsageError(
      `${option}: goes with --method ${needed} only, got ${option} ${value}, --method ${method.join(',')}. Leave it out, or name that method.`,
    );
  };
  if (layers !== undefined && !method.includes('attention')) refuse('--layers', layers, 'attention');
  if (steps !== undefined && !method.includes('integrated-gradients')) refuse('--steps', steps, 'integrated-gradients');
}

/**
 * What each token did, by every method asked for.
 * @param heads - what the heads predict: integrated gradients explain the first output of each
 * @throws SpecError when attention is asked for under a fusion without.
 */
export async function attributionsOf(
  model: Model,
  sample: PreparedSample,
  heads: Readonly<Record<string, HeadContributions>>,
  { method, layers = 'last', steps = 32 }: AttributionFlags,
): Promise<Attribution[]> {
  const attributions: Attribution[] = [];
  for (const name of method ?? (['attention'] as const)) {
    if (name === 'rollout') attributions.push(rolloutAttribution(await attentionRollout(model, sample)));
    if (name === 'attention') {
      const attention = await attentionIfAny(model, sample, layers, method === undefined);
      if (attention) attributions.push(attention);
    }
    if (name !== 'integrated-gradients') continue;
    for (const [head, { predicted }] of Object.entries(heads)) {
      const gradients = await integratedGradients(model, sample, { head, output: predicted[0] ?? 0, steps });
      attributions.push(gradientAttribution(gradients));
    }
  }
  return attributions;
}

/** Undefined under a fusion without attention, where that may be. */
async function attentionIfAny(
  model: Model,
  sample: PreparedSample,
  layers: 'last' | 'all',
  isOptional: boolean,
): Promise<Attribution | undefined> {
  try {
    return attentionAttribution(await clsAttention(model, sample, layers), layers);
  } catch (error) {
    if (isOptional && error instanceof SpecError) return undefined;
    throw error;
  }
}
