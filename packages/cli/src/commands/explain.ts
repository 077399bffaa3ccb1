import { Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../commandContext.js';
import { explanationMethods, type ExplanationMethod } from '../explanationMethods.js';
import type { ExplainFlags } from '../verbs/explain.js';
import { examples, folderPath, withJsonOption, withWorkbenchOptions, wholeNumber } from './sharedOptions.js';

/** Reads names with commas between them; the option may also be given several times. */
function methodsIn(text: string, previous: readonly ExplanationMethod[] = []): ExplanationMethod[] {
  const found = text.split(',').map((part) => {
    const method = explanationMethods.find((name) => name === part.trim());
    if (!method) throw new InvalidArgumentError(`Allowed choices are ${explanationMethods.join(', ')}.`);
    return method;
  });
  return [...new Set([...previous, ...found])];
}

/** `tessera explain RUN --<modality> VALUE …` */
export const explainCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(new Command('explain')))
    .description("Show what each modality adds to a sample's prediction, and what each of its tokens did for it.")
    .usage('<run> [--<modality> <value>…] [options]')
    .argument('<run>', 'run folder, or file that tessera pack made')
    .argument('[inputs...]', '--<modality> <value> for each modality of the run')
    .option('--row <number>', "a row of the run's own data instead, from 1", wholeNumber(1))
    .option('--split <name>', 'the split that --row counts in', 'test')
    .addOption(
      new Option(
        '--method <names>',
        'what tokens are told by: attention (of [CLS]), rollout (attention through all layers), integrated-gradients (of the logit predicted; any fusion); several with commas between (default: attention, where the fusion has any)',
      ).argParser(methodsIn),
    )
    .addOption(
      new Option('--layers <which>', 'method attention: the last layer (default), or the mean over all').choices([
        'last',
        'all',
      ]),
    )
    .option('--steps <count>', 'method integrated-gradients: steps of the integral (default: 32)', wholeNumber(1))
    .option('--html <file>', 'also write a page of it, with the tokens drawn over the inputs')
    .option('--figures <folder>', 'also write each drawing as an SVG file, for a paper', folderPath)
    .allowUnknownOption()
    .addHelpText(
      'after',
      examples(
        'tessera explain runs/mmbt --image cat.png --text "pet"',
        'tessera explain runs/mmbt --row 7 --method rollout',
        'tessera explain runs/mmbt --row 7 --method integrated-gradients --steps 64 --figures figures',
        'tessera explain runs/mmbt --row 7 --method attention,rollout,integrated-gradients --html row7.html',
      ),
    )
    .action(async (run: string, inputs: string[], flags: ExplainFlags) =>
      (await import('../verbs/explain.js')).runExplain(context, run, inputs, flags),
    );
