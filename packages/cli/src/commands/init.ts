import { Command, Option } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { InitFlags } from '../verbs/init.js';
import { examples } from './sharedOptions.js';

/** `tessera init [FOLDER]` */
export const initCommand = (context: CommandContext): Command =>
  new Command('init')
    .description('Write a commented spec to start from.')
    .argument('[folder]', 'where it goes', '.')
    .addOption(
      new Option('--template <kind>', 'what to start from (default: mmbt)').choices([
        'mmbt',
        'text',
        'image',
        'concat',
      ]),
    )
    .addOption(
      new Option(
        '--recipe <name>',
        "how it trains: modern, our own default; paper, with --task: MMBT with its authors' sizes and optimisation",
      ).choices(['modern', 'paper']),
    )
    .addOption(
      new Option('--task <name>', 'the task of --recipe paper').choices([
        'mmimdb',
        'food101',
        'vsnli',
        'hateful-memes',
      ]),
    )
    .addHelpText(
      'after',
      examples(
        'tessera init my-model',
        'tessera init my-model --template text --recipe modern',
        'tessera init films --recipe paper --task mmimdb',
      ),
    )
    .action(async (folder: string, flags: InitFlags) =>
      (await import('../verbs/init.js')).runInit(context, folder, flags),
    );
