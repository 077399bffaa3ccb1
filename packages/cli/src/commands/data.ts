import { Command, Option } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { EmojiFlags } from '../verbs/data.js';
import { prepareDataCommands } from './prepareData.js';
import { examples, folderPath, withJsonOption, wholeNumber } from './sharedOptions.js';

/** `tessera data …` */
export function dataCommand(context: CommandContext): Command {
  const data = new Command('data').description('Prepare datasets, and check prepared ones.');
  data
    .addCommand(
      withJsonOption(new Command('emoji'))
        .description(
          'Emoji pictures, keywords and groups from npm packages, as JSON lines and PNG with a manifest of hashes.',
        )
        .addOption(new Option('--pictures <vendor>', 'whose pictures').choices(['google', 'twitter']).default('google'))
        .option('--language <code>', 'language of the keywords, such as en, de, fr', 'en')
        .addOption(
          new Option('--label <kind>', 'what is to be predicted').choices(['group', 'subgroup']).default('group'),
        )
        .option('--keywords <count>', 'keywords in a row', wholeNumber(1), 1)
        .requiredOption('--to <folder>', 'where it goes', folderPath)
        .option('--from <folder>', 'folder whose node_modules has the emoji packages (default: found from here)')
        .option('--overwrite', 'replace another emoji dataset that is there')
        .addHelpText(
          'after',
          examples(
            'tessera data emoji --to data/emoji',
            'tessera data emoji --language de --label subgroup --to data/emoji-de',
          ),
        )
        .action(async (flags: EmojiFlags) => (await import('../verbs/data.js')).runEmoji(context, flags)),
    )
    .addCommand(
      withJsonOption(new Command('verify'))
        .description("Compare a prepared dataset with its manifest's hashes.")
        .argument('<folder>')
        .addHelpText('after', examples('tessera data verify data/emoji'))
        .action(async (folder: string, flags: { json?: boolean }) =>
          (await import('../verbs/data.js')).runVerify(context, folder, flags),
        ),
    );
  for (const command of prepareDataCommands(context)) data.addCommand(command);
  return data;
}
