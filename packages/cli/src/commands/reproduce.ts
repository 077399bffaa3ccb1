import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { ReproduceFlags } from '../verbs/reproduce.js';
import { examples, folderPath, withJsonOption, withSetOption, withWorkbenchOptions } from './sharedOptions.js';

/** `tessera reproduce RUN` */
export const reproduceCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(withSetOption(new Command('reproduce'))))
    .description(
      "Train a run again from what its folder holds, and say of each figure whether it is the run's: bit by bit on " +
        'wasm and cpu with the same versions and machine, within two standard errors elsewhere. Ends with 1 where it is not.',
    )
    .argument('<run>', 'folder of a finished run')
    .option('--to <folder>', 'run folder of the new training (default: <run>-again)', folderPath)
    .option(
      '--data <folder>',
      "folder that the spec's relative paths start from, where it is not that of the run",
      folderPath,
    )
    .option('--overwrite', 'replace a run that is there')
    .addHelpText(
      'after',
      examples(
        'tessera reproduce runs/mmbt',
        'tessera reproduce runs/mmbt --data /mnt/films --to /tmp/again',
        'tessera reproduce runs/mmbt --set data.train=/mnt/films/train.jsonl --json',
      ) + '\n\n--set takes paths of the data alone. The backend is that of the run, where it can be opened.',
    )
    .action(async (run: string, flags: ReproduceFlags) =>
      (await import('../verbs/reproduce.js')).runReproduce(context, run, flags),
    );
