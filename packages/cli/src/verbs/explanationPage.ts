import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Model, Sample } from '@tessera/core';
import {
  attributionSvg,
  explanationHtml,
  inputViews,
  outcomeOf,
  type Attribution,
  type HeadContributions,
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

/** Logits by head. */
export type Logits = Readonly<Record<string, Float32Array>>;

/** What each head said of a sample; with the truth where the sample has it. */
export function outcomesOf(
  model: Model,
  logits: Logits,
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
    readonly logits: Logits;
    readonly contributions: Readonly<Record<string, HeadContributions>>;
    readonly attributions: readonly Attribution[];
    readonly run: string;
  },
): Promise<void> {
  const { logits, contributions, attributions, run } = explained;
  const folder = new RunFolder(run);
  const page = explanationHtml({
    model: model.spec.name,
    id: sample.id,
    inputs: await inputViews(model, sample),
    outcomes: outcomesOf(model, logits, sample.targets, 10),
    contributions,
    attributions,
    facts: [['run', run], ...(folder.exists ? settingFacts(folder.read(), join(file, '..')) : [])],
  });
  writeFileSync(file, page);
}

/** Writes each attribution as an SVG file into a folder, which is made; returns the files. */
export async function writeFigures(
  folder: string,
  model: Model,
  sample: ExplainedSample,
  attributions: readonly Attribution[],
): Promise<string[]> {
  const inputs = await inputViews(model, sample);
  mkdirSync(folder, { recursive: true });
  return attributions.map((attribution) => {
    const { method, head } = attribution;
    const file = join(folder, `${fileName(head === undefined ? method : `${method}-${head}`)}.svg`);
    writeFileSync(file, attributionSvg(attribution, inputs));
    return `Figure: ${file}`;
  });
}

const fileName = (text: string): string => text.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');
