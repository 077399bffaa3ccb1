import { Command, Option } from 'commander';
import type { CommandContext } from '../commandContext.js';
import { examples } from './sharedOptions.js';

/** `tessera init [FOLDER]` */
export const initCommand = (context: CommandContext): Command =>
  new Command('init')
    .description('Write a commented spec to start from.')
    .argument('[folder]', 'where it goes', '.')
    .addOption(
      new Option('--template <kind>', 'what to start from')
        .choices(['mmbt', 'text', 'image', 'concat'])
        .default('mmbt'),
    )
    .addHelpText('after', examples('tessera init my-model', 'tessera init my-model --template text'))
    .action(async (folder: string, flags: { template: 'mmbt' | 'text' | 'image' | 'concat' }) =>
      (await import('../verbs/init.js')).runInit(context, folder, flags),
    );
