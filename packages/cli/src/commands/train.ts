import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { TrainFlags } from '../verbs/train.js';
import { examples, folderPath, withJsonOption, withSetOption, withWorkbenchOptions } from './sharedOptions.js';

/** `tessera train SPEC` */
export const trainCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(withSetOption(new Command('train'))))
    .description('Train a model as its spec says and leave a run folder with checkpoints and a report.')
    .argument('<spec>', '.yaml, .json, .ts or .js file')
    .option('--to <run>', 'run folder (default: runs/<name of the spec>)', folderPath)
    .option('--resume', 'go on with the run that is there, with its own spec')
    .option('--overwrite', 'replace the run that is there')
    .addHelpText(
      'after',
      examples(
        'tessera train mmbt.yaml',
        'tessera train mmbt.yaml --set training.epochs=3 --to runs/short',
        'tessera train mmbt.yaml --resume',
      ),
    )
    .action(async (spec: string, flags: TrainFlags) =>
      (await import('../verbs/train.js')).runTrain(context, spec, flags),
    );
