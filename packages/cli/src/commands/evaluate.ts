import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import {
  examples,
  withJsonOption,
  withSetOption,
  withWorkbenchOptions,
  type SpecFlags,
  type WorkbenchFlags,
} from './sharedOptions.js';

/** Flags of `tessera evaluate`. */
export interface EvaluateFlags extends WorkbenchFlags, SpecFlags {
  readonly split: string;
  readonly json?: boolean;
}

/** `tessera evaluate RUN` */
export const evaluateCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(withSetOption(new Command('evaluate'))))
    .description(
      'Evaluate a run on a split of its data: metrics, per class, confusion matrix; predictions go into the run.',
    )
    .argument('<run>', 'run folder')
    .option('--split <name>', 'split to evaluate', 'test')
    .addHelpText(
      'after',
      examples('tessera evaluate runs/mmbt', 'tessera evaluate runs/mmbt --set data.test=/data/hard.jsonl --json'),
    )
    .action(async (run: string, flags: EvaluateFlags) =>
      (await import('../verbs/evaluate.js')).runEvaluate(context, run, flags),
    );
