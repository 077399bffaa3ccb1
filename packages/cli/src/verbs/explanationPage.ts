import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Model, Sample } from '@tessera/core';
import {
  explanationHtml,
  inputViews,
  outcomeOf,
  type ClsAttention,
  type HeadContributions,
  type IntegratedGradients,
  type Outcome,
} from '@tessera/reports';
import { RunFolder } from '@tessera/training';
import { settingFacts } from './reportParts.js';

/** A sample that was explained. */
export interface ExplainedSample {
  readonly id: string;
  readonly inputs: Sample['inputs'];
  readonly targets?: Sample['targets'];
}

/** What each head said of a sample; with the truth where the sample has it. */
export function outcomesOf(
  model: Model,
  logits: ClsAttention['logits'],
  targets: Sample['targets'] = {},
  limit?: number,
): Record<string, Outcome> {
  return Object.fromEntries(
    [...model.heads].map(([name, { head }]) => {
      const row = logits[name] ?? new Float32Array(head.numOutputs);
      const output = {
        targetKind: head.targetKind,
        labels: head.labels,
        scores: head.scores(row),
        prediction: head.encodePrediction(row),
      };
      const target = targets[name];
      return [name, outcomeOf(target === undefined ? output : { ...output, target: head.encodeTarget(target) }, limit)];
    }),
  );
}

/** Writes the explanation of one sample as an HTML page. */
export async function writeExplanation(
  file: string,
  model: Model,
  sample: ExplainedSample,
  explained: {
    /** Left out under a fusion without attention. */
    readonly attention?: ClsAttention;
    readonly logits: ClsAttention['logits'];
    readonly layers: 'last' | 'all';
    readonly contributions: Readonly<Record<string, HeadContributions>>;
    readonly gradients: Readonly<Record<string, IntegratedGradients>>;
    readonly run: string;
  },
): Promise<void> {
  const { attention, logits, layers, contributions, gradients, run } = explained;
  const folder = new RunFolder(run);
  const page = explanationHtml({
    model: model.spec.name,
    id: sample.id,
    inputs: await inputViews(model, sample),
    outcomes: outcomesOf(model, logits, sample.targets, 10),
    ...(attention && { attention }),
    layers,
    contributions,
    gradients,
    facts: [['run', run], ...(folder.exists ? settingFacts(folder.read(), join(file, '..')) : [])],
  });
  writeFileSync(file, page);
}
