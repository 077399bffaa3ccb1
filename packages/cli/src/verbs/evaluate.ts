import { DataError, type EvaluationTable, type ResolvedSpec, type Split } from '@tessera/core';
import { evaluateSplit, flatFigures, RunFolder, type Evaluation } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import type { EvaluateFlags } from '../commands/evaluate.js';
import { withSession, type Session } from '../session.js';
import { applyOverrides, parseOverride } from '../spec/overrides.js';
import { Progress } from '../terminal/progress.js';
import { formatFigure } from '../terminal/format.js';
import { renderTable } from '../terminal/table.js';
import { nullForUndefinedFigures, type Terminal } from '../terminal/terminal.js';
import { figureTable } from './figures.js';

/** A run's data, with overrides of its spec. */
export async function openRunSplit(
  session: Session,
  run: RunFolder,
  split: string,
  set: readonly string[],
): Promise<{ split: Split; spec: ResolvedSpec }> {
  const saved = run.open();
  saved.close();
  const spec = session.workbench.resolve(applyOverrides(saved.spec, set.map(parseOverride)));
  const dataset = await session.workbench.openData(spec, run.read().baseFolder);
  const found = dataset.splits[split];
  if (!found)
    throw new DataError(`${run.path}: unknown split "${split}". Known: ${Object.keys(dataset.splits).join(', ')}.`);
  return { split: found, spec };
}

/** Evaluates one run. */
export async function runEvaluate(context: CommandContext, path: string, flags: EvaluateFlags): Promise<void> {
  const { terminal } = context;
  await withSession(context, flags, async (session) => {
    const run = new RunFolder(path);
    run.read();
    const { split } = await openRunSplit(session, run, flags.split, flags.set);
    const model = await session.workbench.load(path);
    const progress = new Progress(terminal);
    const bar = progress.bar('evaluating');
    try {
      const evaluation = await evaluateSplit(session.workbench, model as never, split, (done) =>
        bar.update(done, split.length),
      );
      progress.close();
      const file = `evaluation-${flags.split}.json`;
      run.writeFile(file, JSON.stringify(predictionsOf(evaluation), nullForUndefinedFigures, 1));
      if (flags.json)
        terminal.printJson({
          run: path,
          split: flags.split,
          numSamples: evaluation.numSamples,
          figures: flatFigures(evaluation),
        });
      else show(terminal, flags.split, evaluation);
      terminal.note('', `Predictions: ${path}/${file}`);
    } finally {
      progress.close();
      model.dispose();
    }
  });
}

function show(terminal: Terminal, split: string, evaluation: Evaluation): void {
  const { style } = terminal;
  terminal.print(...figureTable(`${split} (${evaluation.numSamples} samples)`, flatFigures(evaluation), style));
  for (const [head, { table }] of Object.entries(evaluation.heads)) {
    if (table.targetKind !== 'class-index') continue;
    terminal.print(
      '',
      style.bold(`${head}: rows are true classes, columns predicted ones`),
      ...confusionLines(table, terminal),
    );
  }
}

function confusionLines({ labels, targets, predictions, numSamples }: EvaluationTable, { style }: Terminal): string[] {
  const counts = labels.map(() => labels.map(() => 0));
  for (let i = 0; i < numSamples; i++) {
    const row = counts[targets[i] ?? 0];
    const column = predictions[i] ?? 0;
    if (row) row[column] = (row[column] ?? 0) + 1;
  }
  const columns = [
    { title: 'true' },
    ...labels.map((label) => ({ title: label.slice(0, 8), align: 'right' as const })),
    { title: 'recall', align: 'right' as const },
  ];
  const rows = labels.map((label, t) => {
    const row = counts[t] ?? [];
    const total = row.reduce((sum, count) => sum + count, 0);
    return [label, ...row.map(String), formatFigure(total ? (row[t] ?? 0) / total : NaN)];
  });
  return renderTable(columns, rows, { style });
}

/** What is kept of an evaluation: ids, truth, prediction and scores of each sample, by head. */
function predictionsOf(evaluation: Evaluation): unknown {
  return {
    figures: flatFigures(evaluation),
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
