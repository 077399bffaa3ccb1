import { SpecError, type Model, type PreparedSample } from '@tessera/core';
import { clsAttention, modalityContributions, type ClsAttention, type ModalityAttention } from '@tessera/reports';
import { openRun } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import { withSession, type Session, type WorkbenchFlags } from '../session.js';
import { formatPercent } from '../terminal/format.js';
import { renderHeatGrid, renderHeatList } from '../terminal/heatTable.js';
import type { Terminal } from '../terminal/terminal.js';
import { oneLine } from '../terminal/width.js';
import { UsageError } from '../usageError.js';
import { contributionLines } from './contributionText.js';
import { openRunSplit } from './openRunSplit.js';
import { gradientLines, gradientsOf } from './gradientText.js';
import { outcomesOf, writeExplanation } from './explanationPage.js';
import { sampleInputs } from './sampleInputs.js';

/** Flags of `tessera explain`. */
export interface ExplainFlags extends WorkbenchFlags {
  readonly row?: number;
  readonly split: string;
  readonly layers: 'last' | 'all';
  readonly html?: string;
  /** Steps of integrated gradients; left out: none are computed. */
  readonly gradients?: number;
  readonly json?: boolean;
}

/** Explains one sample. */
export async function runExplain(
  context: CommandContext,
  run: string,
  words: readonly string[],
  flags: ExplainFlags,
): Promise<void> {
  const { terminal } = context;
  await withSession(context, flags, async (session) => {
    const model = (await session.workbench.load(run)) as unknown as Model;
    try {
      const sample = await sampleOf(session, model, run, words, flags);
      const prepared = await model.prepare(sample);
      const attention = await attentionOf(model, prepared, flags.layers);
      const logits = attention?.logits ?? (await model.logits([prepared]))[0] ?? {};
      const contributions = await modalityContributions(model, prepared);
      const gradients = await gradientsOf(model, prepared, contributions, flags.gradients);
      if (flags.json) {
        const predictions = predictionsOf(model, logits);
        terminal.printJson({ id: prepared.id, predictions, contributions, gradients, ...attention });
      } else {
        showOutcomes(terminal, model, logits, sample.targets);
        if (attention) showAttention(terminal, attention, sample.inputs);
        terminal.print(...contributionLines(contributions, terminal.style));
        terminal.print(...gradientLines(gradients, terminal.style));
      }
      if (flags.html === undefined) return;
      await writeExplanation(
        flags.html,
        model,
        { ...sample, id: prepared.id },
        { ...(attention && { attention }), logits, layers: flags.layers, contributions, gradients, run },
      );
      terminal.note('', `Page: ${flags.html}`);
    } finally {
      model.dispose();
    }
  });
}

async function sampleOf(
  session: Session,
  model: Model,
  run: string,
  words: readonly string[],
  flags: ExplainFlags,
): Promise<Parameters<Model['prepare']>[0]> {
  if (flags.row !== undefined && words.length > 0)
    throw new UsageError(`explain: a sample or --row NUMBER, got both (${words[0] ?? ''}). Give one of them.`);
  if (flags.row === undefined)
    return {
      inputs: sampleInputs({ model, registry: session.workbench.registry }, words, '--row NUMBER'),
      origin: 'the sample given',
    };
  const { split } = await openRunSplit(session, openRun(run), flags.split, []);
  if (flags.row > split.length)
    throw new UsageError(`--row: ${flags.split} has ${split.length} rows, got ${flags.row}.`);
  return split.sample(flags.row - 1);
}

const predictionsOf = (model: Model, logits: ClsAttention['logits']): Record<string, unknown> =>
  Object.fromEntries(
    [...model.heads].map(([name, { head }]) => {
      const row = logits[name] ?? new Float32Array();
      const scores = head.scores(row);
      return [name, Object.fromEntries(head.labels.map((label, i) => [label, scores[i] ?? 0]))];
    }),
  );

/** Undefined under a fusion without attention. */
async function attentionOf(
  model: Model,
  prepared: PreparedSample,
  layers: ExplainFlags['layers'],
): Promise<ClsAttention | undefined> {
  try {
    return await clsAttention(model, prepared, layers);
  } catch (error) {
    if (error instanceof SpecError) return undefined;
    throw error;
  }
}

function showOutcomes(
  terminal: Terminal,
  model: Model,
  logits: ClsAttention['logits'],
  targets: Parameters<Model['prepare']>[0]['targets'],
): void {
  const { style } = terminal;
  for (const [head, { predicted, truth, correct, probabilities }] of Object.entries(
    outcomesOf(model, logits, targets),
  )) {
    const likely = probabilities.map(({ label, probability }) => `${label} ${formatPercent(probability)}`).join(', ');
    const verdict = truth === undefined ? '' : correct === true ? ', which is right' : `, true: ${truth}`;
    terminal.print(`${style.bold(head)}: ${predicted}${verdict}${likely && ` (${likely})`}`);
  }
}

function showAttention(
  terminal: Terminal,
  attention: ClsAttention,
  inputs: Parameters<Model['prepare']>[0]['inputs'],
): void {
  const { style } = terminal;
  const strongest = Math.max(
    1e-9,
    ...attention.modalities.flatMap(({ tokens }) => tokens.map((token) => token.attention)),
  );
  for (const modality of attention.modalities) {
    const isGiven = inputs[modality.modality] !== undefined && inputs[modality.modality] !== null;
    const lines = isGiven
      ? modalityLines(modality, strongest, terminal)
      : [`${style.bold(modality.modality)}: not given`];
    terminal.print('', ...lines);
  }
  terminal.print('', `on [CLS] and [SEP]: ${formatPercent(attention.special)}`);
}

function modalityLines(
  { modality, tokens, total }: ModalityAttention,
  strongest: number,
  { style }: Terminal,
): string[] {
  const title = `${style.bold(modality)}: ${formatPercent(total)} of the attention of [CLS]`;
  const regions = tokens.flatMap(({ description, attention }) =>
    description.kind === 'region' ? [{ ...description, attention }] : [],
  );
  if (regions.length > 0) {
    const grid = Array.from({ length: regions[0]?.rows ?? 0 }, (_, row) =>
      regions
        .filter((region) => region.row === row)
        .map(({ attention }) => ({ text: formatPercent(attention), share: attention / strongest })),
    );
    return [title, ...renderHeatGrid(grid, style)];
  }
  const cells = tokens.map(({ description, attention }) => ({
    text:
      description.kind === 'text'
        ? oneLine(description.text)
        : description.kind === 'other'
          ? description.label
          : description.kind,
    share: attention / strongest,
    figure: formatPercent(attention),
  }));
  return [title, ...renderHeatList(cells, style)];
}
