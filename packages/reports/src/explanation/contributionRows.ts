// Contributions of one output as rows for a table: without any modality, what each adds, with all.
import { formatFigure } from '../format.js';
import type { HeadContributions } from './modalityContributions.js';

/** A row of contributions. */
export interface ContributionRow {
  /** A modality, `none` or `all`. */
  readonly name: string;
  /** The score, or what a modality adds to it, with its sign. */
  readonly figure: string;
  /** Of a modality: what it adds over the largest such amount, −1 to 1. */
  readonly share?: number;
}

/** The rows of one output, top to bottom as they add up. */
export function contributionRows(
  { targetKind, none, full, modalities }: HeadContributions,
  output: number,
): ContributionRow[] {
  const format = targetKind === 'real' ? formatFigure : (score: number): string => `${(100 * score).toFixed(1)} %`;
  const shares = Object.entries(modalities).map(([name, values]) => ({ name, value: values[output] ?? 0 }));
  const largest = Math.max(...shares.map(({ value }) => Math.abs(value))) || 1;
  return [
    { name: 'none', figure: format(none[output] ?? NaN) },
    ...shares.map(({ name, value }) => ({
      name,
      figure: `${value < 0 ? '−' : '+'}${format(Math.abs(value))}`,
      share: value / largest,
    })),
    { name: 'all', figure: format(full[output] ?? NaN) },
  ];
}

/** What the rows are of and where they start from. */
export const contributionTitle = ({ targetKind, labels }: HeadContributions, output: number): string =>
  targetKind === 'real' ? (labels[output] ?? '') : `probability of ${labels[output] ?? ''}`;

/** How to read the rows. */
export const contributionNote = ({ noneIs }: HeadContributions): string =>
  `Exact Shapley values: what a modality adds to the score, averaged over every order in which the modalities may be shown; the others are absent, as in a sample that lacks them. None: ${noneIs}, since no model takes a sample with nothing present. None and the contributions sum to all.`;
