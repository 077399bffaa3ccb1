import { classFigures, confusionCounts } from '@tessera/reports';
import {
  evaluateSplit,
  evaluateSubsets,
  figureSpread,
  flatFigures,
  openRun,
  type Evaluation,
  type SubsetEvaluation,
} from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import { withSession, type SpecFlags, type WorkbenchFlags } from '../session.js';
import { Progress } from '../terminal/progress.js';
import { nullForUndefinedFigures } from '../terminal/terminal.js';
import { evaluationLines, subsetLines } from './evaluationText.js';
import type { Figures } from './figures.js';
import { openRunSplit } from './openRunSplit.js';
import { writeRunReport } from './runReport.js';

/** Flags of `tessera evaluate`. */
export interface EvaluateFlags extends WorkbenchFlags, SpecFlags {
  readonly split: string;
  /** Whether each subset of the modalities is evaluated too. */
  readonly subsets: boolean;
  readonly json?: boolean;
}

/** Evaluates one run. */
export async function runEvaluate(context: CommandContext, path: string, flags: EvaluateFlags): Promise<void> {
  const { terminal } = context;
  await withSession(context, flags, async (session) => {
    const run = openRun(path);
    run.read();
    const { split } = await openRunSplit(session, run, flags.split, flags.set);
    const model = await session.workbench.load(path);
    const progress = new Progress(terminal);
    const bar = progress.bar('evaluating');
    try {
      const onProgress = (done: number): void => bar.update(done, split.length);
      const { evaluation, subsets } =
        flags.subsets && model.encoders.size > 1
          ? await evaluateSubsets(session.workbench, model as never, split, onProgress)
          : { evaluation: await evaluateSplit(session.workbench, model as never, split, onProgress), subsets: [] };
      progress.close();
      const spread = figureSpread(evaluation, session.workbench.registry);
      const file = `evaluation-${flags.split}.json`;
      run.writeFile(file, JSON.stringify(predictionsOf(evaluation, spread, subsets), nullForUndefinedFigures, 1));
      if (flags.json)
        terminal.printJson({
          run: path,
          split: flags.split,
          numSamples: evaluation.numSamples,
          figures: flatFigures(evaluation),
          spread,
          ...subsetFigures(subsets),
          heads: Object.fromEntries(
            Object.entries(evaluation.heads).map(([head, { table }]) => [
              head,
              {
                labels: table.labels,
                classes: classFigures(table),
                ...(table.targetKind === 'class-index' && { confusion: confusionCounts(table) }),
              },
            ]),
          ),
        });
      else {
        terminal.print(...evaluationLines(flags.split, { evaluation, spread }, terminal));
        if (subsets.length > 0) terminal.print('', ...subsetLines(flags.split, subsets, terminal));
      }
      const report = await writeRunReport(session, run, {
        file: `evaluation-${flags.split}.html`,
        split: flags.split,
        evaluated: { model: model as never, split, evaluation },
      });
      terminal.note('', `Predictions: ${run.placeOf(file)}`, `Report: ${report}`);
    } finally {
      progress.close();
      model.dispose();
    }
  });
}

/** Figures of each subset of the modalities, where there are several. */
const subsetFigures = (subsets: readonly SubsetEvaluation[]): object =>
  subsets.length === 0
    ? {}
    : {
        subsets: subsets.map(({ modalities, evaluation }) => ({
          modalities,
          numSamples: evaluation.numSamples,
          figures: flatFigures(evaluation),
        })),
      };

/** What is kept of an evaluation: figures, their standard errors; ids, truth, prediction and scores of each sample, by head. */
function predictionsOf(evaluation: Evaluation, spread: Figures, subsets: readonly SubsetEvaluation[]): unknown {
  return {
    figures: flatFigures(evaluation),
    spread,
    ...subsetFigures(subsets),
    heads: Object.fromEntries(
      Object.entries(evaluation.heads).map(([head, { table, ids }]) => {
        const width = table.labels.length;
        const targets = table.numSamples ? table.targets.length / table.numSamples : 0;
        return [
          head,
          {
            labels: table.labels,
            samples: ids.map((id, i) => ({
              id,
              target: [...table.targets.slice(i * targets, (i + 1) * targets)],
              prediction: [...table.predictions.slice(i * targets, (i + 1) * targets)],
              scores: [...table.scores.slice(i * width, (i + 1) * width)],
            })),
          },
        ];
      }),
    ),
  };
}
