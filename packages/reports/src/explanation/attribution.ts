// What a method gave the tokens of one sample, in the one form in which pages, figures and terminals show it.
import type { TokenDescription } from '@tessera/core';
import { formatFigure, formatShare } from '../format.js';
import type { ClsAttention } from './attentionPass.js';
import type { IntegratedGradients } from './integratedGradients.js';

/** What one modality's tokens got. */
export interface ModalityAttribution {
  readonly modality: string;
  readonly tokens: readonly { readonly description: TokenDescription; readonly value: number }[];
  /** Sum over the tokens; of an absent modality what its learned token got, if it has one. */
  readonly total: number;
}

/** What a method gave each token. Any method will do: what is drawn goes by this alone. */
export interface Attribution {
  /** The method, for a file's name: `rollout`. */
  readonly method: string;
  /** The head whose output is explained; left out where the method tells no heads apart. */
  readonly head?: string;
  /** For a heading: `Attention rollout`. */
  readonly title: string;
  /** How to read it, in a few sentences. */
  readonly note: string;
  /** What a value is, for the scale: `share of attention`. */
  readonly quantity: string;
  /** `share`: parts of 1, none below 0. `signed`: amounts of either sign. */
  readonly scale: 'share' | 'signed';
  readonly modalities: readonly ModalityAttribution[];
  /** Amounts that no modality got, by name. */
  readonly rest: Readonly<Record<string, number>>;
}

const special = '[CLS] and [SEP]';

/** Attention as an attribution. */
export const attentionAttribution = (attention: ClsAttention, layers: 'last' | 'all' = 'last'): Attribution => ({
  method: 'attention',
  title: `Attention of [CLS], ${layers === 'last' ? 'last layer' : 'mean over the layers'}`,
  note: `The attention of [CLS] ${layers === 'last' ? 'in the last layer' : 'as the mean over the layers'}, mean over heads. What is missing to 100 % fell on ${special}. Attention shows what the model read from, not why it decided.`,
  quantity: 'share of attention',
  ...shares(attention),
});

/** Attention rollout as an attribution. */
export const rolloutAttribution = (rollout: ClsAttention): Attribution => ({
  method: 'rollout',
  title: 'Attention rollout',
  note: `How much of each token reaches [CLS] through all layers, attention and residual connections multiplied out (Abnar and Zuidema 2020). What is missing to 100 % came from ${special}; [CLS] keeps half of itself in every layer. It shows what the model read from, whatever the head makes of it.`,
  quantity: 'share of what reaches [CLS]',
  ...shares(rollout),
});

/** Integrated gradients as an attribution. */
export const gradientAttribution = (gradients: IntegratedGradients): Attribution => {
  const { head, label, steps, modalities, baseline, logit, gap } = gradients;
  return {
    method: 'integrated-gradients',
    head,
    title: `Integrated gradients, head ${head}: ${label}`,
    note: `What each token adds to the logit of ${label}, on the way from tokens of zeros (${formatFigure(baseline)}) to the sample's own (${formatFigure(logit)}) in ${steps} steps. Completeness gap: ${gap.toExponential(1)}.`,
    quantity: `added to the logit of ${label}`,
    scale: 'signed',
    modalities: modalities.map(({ modality, tokens, total }) => ({
      modality,
      tokens: tokens.map(({ description, attribution }) => ({ description, value: attribution })),
      total,
    })),
    rest: { 'tokens of zeros': baseline, 'completeness gap': gap },
  };
};

const shares = (attention: ClsAttention): Pick<Attribution, 'scale' | 'modalities' | 'rest'> => ({
  scale: 'share',
  modalities: attention.modalities.map(({ modality, tokens, total }) => ({
    modality,
    tokens: tokens.map(({ description, attention: value }) => ({ description, value })),
    total,
  })),
  rest: { [special]: attention.special },
});

/** The largest amount of any token, from which colours go; 1 where there is none. */
export const largestValue = ({ modalities }: Pick<Attribution, 'modalities'>): number =>
  modalities.reduce((most, { tokens }) => tokens.reduce((max, { value }) => Math.max(max, sizeOf(value)), most), 0) ||
  1;

const sizeOf = (value: number): number => (Number.isFinite(value) ? Math.abs(value) : 0);

/** A value as people read it: a percentage, or a figure with its sign. */
export const formatValue = (value: number, scale: Attribution['scale']): string =>
  scale === 'share' ? formatShare(value) : `${value < 0 ? '−' : '+'}${formatFigure(Math.abs(value))}`;
