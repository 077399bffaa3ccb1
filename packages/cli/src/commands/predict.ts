import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { PredictFlags } from '../verbs/predict.js';
import { examples, withJsonOption, withWorkbenchOptions } from './sharedOptions.js';

/** `tessera predict RUN --<modality> VALUE …` */
export const predictCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(new Command('predict')))
    .description("Predict raw samples with a run: one from options named after the run's modalities, or JSON lines.")
    .usage('<run> [--<modality> <value>…] [options]')
    .argument('<run>', 'run folder, or file that tessera pack made')
    .argument('[inputs...]', '--<modality> <value> for each modality of the run: a text, a file, numbers in JSON')
    .option('--input <file>', 'JSON lines with a key for each modality; - for the standard input')
    .option('--output <file>', 'where predictions go as JSON lines; - for the standard output', '-')
    .option('--skip-errors', 'go on after a row that cannot be predicted; its line then holds the error')
    .allowUnknownOption()
    .addHelpText(
      'after',
      examples(
        'tessera predict runs/mmbt --image cat.png --text "pet"',
        'tessera predict runs/activity --motion "[[0, 0.1, 9.8], [0.2, 0, 9.8]]" --note "in the park"',
        'tessera predict runs/mmbt --input rows.jsonl --output predictions.jsonl',
        'cat rows.jsonl | tessera predict runs/mmbt --input -',
      ),
    )
    .action(async (run: string, inputs: string[], flags: PredictFlags) =>
      (await import('../verbs/predict.js')).runPredict(context, run, inputs, flags),
    );
