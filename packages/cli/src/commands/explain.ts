import { Command, Option } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { ExplainFlags } from '../verbs/explain.js';
import { examples, withJsonOption, withWorkbenchOptions, wholeNumber } from './sharedOptions.js';

/** `tessera explain RUN --<modality> VALUE …` */
export const explainCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(new Command('explain')))
    .description(
      "Show what each modality adds to a sample's prediction, and where the attention of [CLS] fell on its tokens, where its fusion has any.",
    )
    .usage('<run> [--<modality> <value>…] [options]')
    .argument('<run>', 'run folder, or file that tessera pack made')
    .argument('[inputs...]', '--<modality> <value> for each modality of the run')
    .option('--row <number>', "a row of the run's own data instead, from 1", wholeNumber(1))
    .option('--split <name>', 'the split that --row counts in', 'test')
    .addOption(
      new Option('--layers <which>', 'attention of the last layer, or the mean over all')
        .choices(['last', 'all'])
        .default('last'),
    )
    .option('--gradients <steps>', 'also what each token adds, by integrated gradients', wholeNumber(1))
    .option('--html <file>', 'also write a page of it, with the attention drawn over the inputs')
    .allowUnknownOption()
    .addHelpText(
      'after',
      examples(
        'tessera explain runs/mmbt --image cat.png --text "pet"',
        'tessera explain runs/mmbt --row 7 --gradients 64',
        'tessera explain runs/mmbt --row 7 --split test --html row7.html',
      ),
    )
    .action(async (run: string, inputs: string[], flags: ExplainFlags) =>
      (await import('../verbs/explain.js')).runExplain(context, run, inputs, flags),
    );
