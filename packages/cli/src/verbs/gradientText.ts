import type { Model, PreparedSample } from '@tessera/core';
import {
  describeToken,
  formatFigure,
  integratedGradients,
  type HeadContributions,
  type IntegratedGradients,
  type ModalityGradients,
} from '@tessera/reports';
import type { Style } from '../terminal/style.js';
import { renderHeatList } from '../terminal/heatTable.js';
import { oneLine } from '../terminal/width.js';

/** Integrated gradients of the first output that each head predicts; of none without steps. */
export async function gradientsOf(
  model: Model,
  sample: PreparedSample,
  heads: Readonly<Record<string, HeadContributions>>,
  steps?: number,
): Promise<Record<string, IntegratedGradients>> {
  const gradients: Record<string, IntegratedGradients> = {};
  if (steps === undefined) return gradients;
  for (const [head, { predicted }] of Object.entries(heads))
    gradients[head] = await integratedGradients(model, sample, { head, output: predicted[0] ?? 0, steps });
  return gradients;
}

/** What each token adds to a logit, modality by modality, and what is left over. */
export const gradientLines = (heads: Readonly<Record<string, IntegratedGradients>>, style: Style): string[] =>
  Object.entries(heads).flatMap(([name, { label, steps, modalities, baseline, logit, gap }]) => {
    const all = modalities.flatMap(({ tokens }) => tokens.map(({ attribution }) => Math.abs(attribution)));
    const largest = Math.max(0, ...all) || 1;
    return [
      '',
      `${style.bold(name)}: integrated gradients of the logit of ${oneLine(label)}, from tokens of zeros in ${steps} steps`,
      ...modalities
        .filter(({ tokens }) => tokens.length > 0)
        .flatMap((modality) => modalityLines(modality, largest, style)),
      `from ${formatFigure(baseline)} to ${formatFigure(logit)}; completeness gap ${gap.toExponential(1)}`,
    ];
  });

function modalityLines({ modality, tokens, total }: ModalityGradients, largest: number, style: Style): string[] {
  const cells = tokens.map(({ description, attribution }) => ({
    text: oneLine(describeToken(description)),
    share: Math.abs(attribution) / largest,
    figure: signed(attribution),
  }));
  return [`${style.bold(modality)}: ${signed(total)}`, ...renderHeatList(cells, style)];
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${formatFigure(Math.abs(value))}`;
