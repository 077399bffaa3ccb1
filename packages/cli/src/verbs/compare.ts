import { resolve } from 'node:path';
import { SpecError } from '@tessera/core';
import {
  compareModels,
  comparisonTable,
  leadSentence,
  publishedResults,
  spreadOf,
  type ComparedModel,
  type Comparison,
} from '@tessera/reports';
import { metricOf } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import { exitCodes } from '../failure.js';
import { loadSpec, withSession, type LoadedSpec, type Session } from '../session.js';
import { renderTable } from '../terminal/table.js';
import type { Style } from '../terminal/style.js';
import { readComparedModels, type ReadModel } from './comparedModels.js';
import type { CompareFlags } from './compareFlags.js';
import { writeComparisonReport } from './comparisonReport.js';
import { writeSeedSpread } from './seedSpread.js';
import { trainCompared } from './trainCompared.js';

/** Trains, compares and reports. */
export async function runCompare(
  context: CommandContext,
  paths: readonly string[],
  flags: CompareFlags,
): Promise<void> {
  const { terminal } = context;
  await withSession(context, flags, async (session) => {
    const specs = await Promise.all(paths.map((path) => loadSpec(session.workbench, path, flags)));
    requireDistinctNames(specs);
    requireKnown(specs, flags.reference);
    requireSharedHead(specs);
    terminal.note(`backend ${session.backend.name}: ${session.backend.reason}`);
    await trainCompared(context, session, specs, flags);
    const models = await readComparedModels(context, session, specs, flags);
    const comparisons = compareSplits(session, models, flags);
    if (flags.seeds.length > 1) comparisons.forEach(writeSeedSpread);
    const [comparison, ...further] = comparisons;
    const report = await writeComparisonReport(session, comparisons, specs, flags.to);
    if (flags.json) {
      terminal.printJson({ ...withoutSamples(comparison), further: further.map(withoutSamples), report });
    } else terminal.print(...comparisons.flatMap((one) => comparisonLines(one, terminal.style)));
    terminal.note('', `Report: ${resolve(report)}`);
    if (flags.lead !== undefined) checkLead(context, comparison, flags.lead);
  });
}

function requireDistinctNames(specs: readonly LoadedSpec[]): void {
  const names = specs.map(({ resolved }) => resolved.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new SpecError(
      `compare: every spec needs a name of its own, got "${twice}" twice. Change name in one of them.`,
    );
}

function requireKnown(specs: readonly LoadedSpec[], reference: string | undefined): void {
  const names = specs.map(({ resolved }) => resolved.name);
  if (reference === undefined || names.includes(reference)) return;
  throw new SpecError(`compare: --reference must be one of ${names.join(', ')}, got "${reference}".`);
}

/** Models are compared by a figure of a head that all have. Looked at before hours of training. */
function requireSharedHead(specs: readonly LoadedSpec[]): void {
  const heads = specs.map(({ resolved }) => Object.keys(resolved.heads));
  if (heads[0]?.some((name) => heads.every((names) => names.includes(name)))) return;
  const named = specs.map(({ resolved }) => {
    const own = Object.entries(resolved.heads).map(([name, { type }]) => `${name} (${type})`);
    return `${resolved.name} with ${own.join(', ')}`;
  });
  throw new SpecError(
    `compare: the specs must have a head in common, got ${named.join('; ')}. ` +
      'Compare models that predict the same; tessera evaluate gives the figures of one.',
  );
}

/** Compares on the split asked for; else on the test split and each further one that all models have, such as a hard test set. */
function compareSplits(
  session: Session,
  models: readonly ReadModel[],
  flags: CompareFlags,
): [Comparison, ...Comparison[]] {
  const compared = (split: string): Comparison => {
    const onSplit = models.map((model) => model.on(split));
    return compareModels(onSplit, mainFigure(onSplit), {
      split,
      ...(flags.reference !== undefined && { reference: flags.reference }),
      lowerIsBetter: figuresToLower(session, onSplit),
    });
  };
  if (flags.split !== undefined) return [compared(flags.split)];
  const [first, ...others] = models;
  const further = (first?.splits ?? []).filter(
    (split) => split !== 'test' && others.every(({ splits }) => splits.includes(split)),
  );
  return [compared('test'), ...further.map(compared)];
}

/** The first figure that is no loss and that all models have. */
function mainFigure(models: readonly ComparedModel[]): string {
  const figures = models.map(({ runs }) => Object.keys(runs[0]?.figures ?? {}));
  const shared = (figures[0] ?? []).filter((name) => figures.every((names) => names.includes(name)));
  const main = shared.find((name) => name !== 'loss');
  if (main === undefined)
    throw new SpecError('compare: the specs share no metric. Give their heads the same name and type.');
  return main;
}

/** Figures of which less is better. */
function figuresToLower({ workbench }: Session, models: readonly ComparedModel[]): string[] {
  const figures = new Set(models.flatMap(({ runs }) => runs.flatMap((run) => Object.keys(run.figures))));
  return [...figures].filter(
    (name) => name === 'loss' || !metricOf(workbench.registry, name.slice(name.lastIndexOf('.') + 1)).greaterIsBetter,
  );
}

/** A comparison without what each sample scored, and with what is published for its models. */
const withoutSamples = ({ models, ...comparison }: Comparison): object => ({
  ...comparison,
  models: models.map(({ runs, ...model }) => ({
    ...model,
    runs: runs.map(({ seed, folder, figures, seconds }) => ({ seed, folder, figures, seconds })),
  })),
  publishedResults: publishedResults.filter(
    ({ task, model, split }) =>
      split === comparison.split &&
      models.some(({ published }) => published?.task === task && published.model === model),
  ),
});

function comparisonLines(comparison: Comparison, style: Style): string[] {
  const { head, rows, footnotes } = comparisonTable(comparison);
  const columns = head.map((title, i) => ({ title, ...(i > 0 && { align: 'right' as const }) }));
  const highlight = comparison.models.findIndex(({ name }) => name === comparison.reference);
  return ['', ...renderTable(columns, rows, { style, highlight }), '', leadSentence(comparison), ...footnotes];
}

function checkLead(
  context: CommandContext,
  { models, metric, lowerIsBetter, reference }: Comparison,
  points: number,
): void {
  const { terminal } = context;
  const own = models.find(({ name }) => name === reference);
  const others = models.filter((model) => model !== own);
  if (!own) return;
  const sign = lowerIsBetter.includes(metric) ? -1 : 1;
  const leads = others.map((model) => ({
    name: model.name,
    lead: 100 * sign * (spreadOf(own, metric).mean - spreadOf(model, metric).mean),
  }));
  const short = leads.filter(({ lead }) => !(lead >= points)); // an undefined figure leads nothing
  if (short.length === 0) {
    terminal.note(
      terminal.noteStyle.green(`${reference} leads every other model by at least ${points} points of ${metric}.`),
    );
    return;
  }
  context.exitCode = exitCodes.failed;
  const named = short.map(({ name, lead }) => `${name} by ${lead.toFixed(1)}`).join(', ');
  terminal.note(
    terminal.noteStyle.red(
      `${reference} must lead every other model by at least ${points} points of ${metric}, got ${named}.`,
    ),
  );
}
