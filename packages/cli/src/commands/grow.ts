import { Command, Option } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { GrowFlags } from '../verbs/grow.js';
import { examples, folderPath, withJsonOption, withSetOption, withWorkbenchOptions } from './sharedOptions.js';

/** `tessera grow RUN --add NAME=ENCODER` */
export const growCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(withSetOption(new Command('grow'))))
    .description(
      'Give a trained model a further modality: what it has stays, the new parts start anew, and it predicts samples ' +
        'without the new modality exactly as before, until it is trained on.',
    )
    .argument('<run>', 'run folder, or file that tessera pack made')
    .addOption(
      new Option('--add <name=encoder>', 'modality to add, its options as YAML; repeatable')
        .makeOptionMandatory()
        .argParser((value: string, previous: readonly string[] = []) => [...previous, value]),
    )
    .option('--to <folder>', 'run folder to write (default: <run>-grown)', folderPath)
    .option('--overwrite', 'replace a run that is there')
    .addHelpText(
      'after',
      examples(
        'tessera grow runs/words --add image="{ encoder: resnet18, pool: { grid: [2, 2] } }"',
        'tessera grow runs/mmbt --add title=wordpiece --to runs/mmbt-title --set fusion.maxPositions=256',
      ) +
        '\n\nTo train it on, write a spec with `extends: RUN` and the data that has the new modality. A spec may also extend' +
        '\nthe run before it grew and declare the modality itself; then parts may learn their vocabularies from the data.',
    )
    .action(async (run: string, flags: GrowFlags) => (await import('../verbs/grow.js')).runGrow(context, run, flags));
