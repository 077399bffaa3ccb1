import type { Model } from '@tessera/core';
import { modalityContributions } from '@tessera/reports';
import { openRun } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import { withSession, type Session, type WorkbenchFlags } from '../session.js';
import { formatPercent } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';
import { UsageError } from '../usageError.js';
import { attributionsOf, checkAttributionFlags, type AttributionFlags } from './attributionsOf.js';
import { attributionLines } from './attributionText.js';
import { contributionLines } from './contributionText.js';
import { openRunSplit } from './openRunSplit.js';
import { outcomesOf, writeExplanation, writeFigures, type Logits } from './explanationPage.js';
import { sampleInputs } from './sampleInputs.js';

/** Flags of `tessera explain`. */
export interface ExplainFlags extends WorkbenchFlags, AttributionFlags {
  readonly row?: number;
  readonly split: string;
  readonly html?: string;
  readonly figures?: string;
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
  checkAttributionFlags(flags);
  await withSession(context, flags, async (session) => {
    const model = (await session.workbench.load(run)) as unknown as Model;
    try {
      const sample = await sampleOf(session, model, run, words, flags);
      const prepared = await model.prepare(sample);
      const logits = (await model.logits([prepared]))[0] ?? {};
      const contributions = await modalityContributions(model, prepared);
      const attributions = await attributionsOf(model, prepared, contributions, flags);
      if (flags.json) {
        terminal.printJson({ id: prepared.id, predictions: predictionsOf(model, logits), contributions, attributions });
      } else {
        const given = new Set(Object.keys(prepared.inputs));
        showOutcomes(terminal, model, logits, sample.targets);
        terminal.print(...contributionLines(contributions, terminal.style));
        for (const each of attributions) terminal.print(...attributionLines(each, given, terminal.style));
      }
      const explained = { ...sample, id: prepared.id };
      if (flags.html !== undefined) {
        await writeExplanation(flags.html, model, explained, { logits, contributions, attributions, run });
        terminal.note('', `Page: ${flags.html}`);
      }
      if (flags.figures === undefined) return;
      terminal.note('', ...(await writeFigures(flags.figures, model, explained, attributions)));
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

const predictionsOf = (model: Model, logits: Logits): Record<string, unknown> =>
  Object.fromEntries(
    [...model.heads].map(([name, { head }]) => {
      const row = logits[name] ?? new Float32Array();
      const scores = head.scores(row);
      return [name, Object.fromEntries(head.labels.map((label, i) => [label, scores[i] ?? 0]))];
    }),
  );

function showOutcomes(
  terminal: Terminal,
  model: Model,
  logits: Logits,
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
