import { Command, Option } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { PackFlags } from '../verbs/pack.js';
import { examples, withJsonOption } from './sharedOptions.js';

/** `tessera pack RUN` */
export const packCommand = (context: CommandContext): Command =>
  withJsonOption(new Command('pack'))
    .description(
      'Put a run into one file that predicts on another machine without its data: weights, labels, vocabulary, ' +
        'preprocessing and record. predict, evaluate, explain and inspect take it as they take a run folder.',
    )
    .argument('<run>', 'run folder')
    .argument('[file]', 'file to write, ending in .tessera (default: <name of the run>.tessera)')
    .addOption(new Option('--checkpoint <which>', 'instead of the one that the run keeps').choices(['best', 'last']))
    .option('--overwrite', 'replace a file that is there')
    .addHelpText(
      'after',
      examples(
        'tessera pack runs/mmbt mmbt.tessera',
        'tessera pack runs/mmbt --checkpoint last --overwrite',
        'tessera predict mmbt.tessera --image cat.png --text "pet"',
      ),
    )
    .action(async (run: string, file: string | undefined, flags: PackFlags) =>
      (await import('../verbs/pack.js')).runPack(context, run, file, flags),
    );
