import { Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { CompareFlags } from '../verbs/compareFlags.js';
import {
  examples,
  folderPath,
  nonNegative,
  withJsonOption,
  withSetOption,
  withWorkbenchOptions,
  wholeNumber,
} from './sharedOptions.js';

/** `3` → 1, 2, 3; `4,7` → 4, 7. */
function parseSeeds(text: string): number[] {
  if (/^\d+(,\d+)+$/.test(text)) return [...new Set(text.split(',').map(Number))];
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > 1000)
    throw new InvalidArgumentError('It must be a number of seeds or a list such as 1,2,3.');
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** `tessera compare SPEC…` */
export const compareCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(withSetOption(new Command('compare'))))
    .description(
      'Train several specs over seeds, print mean ± sd and whether the lead is beyond chance, write a report.',
    )
    .argument('<specs...>', '.yaml, .json, .ts or .js files')
    .option('--seeds <seeds>', 'number of seeds, or a list such as 1,2,3', parseSeeds, [1])
    .option(
      '--jobs <count>',
      'trainings at a time, each in a process of its own (default: one for each core)',
      wholeNumber(1),
    )
    .option(
      '--to <folder>',
      'where runs and report go; finished runs of the same specs there are used again',
      folderPath,
      'runs/comparison',
    )
    .option(
      '--split <name>',
      'split to compare on, such as validation to choose settings (default: test and further test splits)',
    )
    .option('--reference <name>', 'model whose lead over the best other is tested (default: the best)')
    .option(
      '--lead <points>',
      'fail unless the reference leads every other model by this many points of the metric',
      nonNegative,
    )
    .option('--overwrite', 'train all anew')
    .addHelpText(
      'after',
      examples(
        'tessera compare specs/*.yaml --seeds 3 --reference mmbt',
        'tessera compare a.yaml b.yaml --set a:training.epochs=5 --json',
      ),
    )
    .action(async (specs: string[], flags: CompareFlags) =>
      (await import('../verbs/compare.js')).runCompare(context, specs, flags),
    );
