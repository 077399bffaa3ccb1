import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { EvaluateFlags } from '../verbs/evaluate.js';
import { examples, withJsonOption, withSetOption, withWorkbenchOptions } from './sharedOptions.js';

/** `tessera evaluate RUN` */
export const evaluateCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(withSetOption(new Command('evaluate'))))
    .description(
      'Evaluate a run on a split of its data: metrics, per class, confusion matrix; predictions and a report go into the run.',
    )
    .argument('<run>', 'run folder, or file that tessera pack made')
    .option('--split <name>', 'split to evaluate', 'test')
    .option('--no-subsets', 'leave out the figures for each subset of the modalities')
    .addHelpText(
      'after',
      examples('tessera evaluate runs/mmbt', 'tessera evaluate runs/mmbt --set data.test=/data/hard.jsonl --json'),
    )
    .action(async (run: string, flags: EvaluateFlags) =>
      (await import('../verbs/evaluate.js')).runEvaluate(context, run, flags),
    );
