import { Command, Option } from 'commander';
import { knownLayouts } from '@tessera/weights';
import type { CommandContext } from '../commandContext.js';
import type { ConvertFlags } from '../verbs/weightsConvert.js';
import type { ExportFlags } from '../verbs/weightsExport.js';
import type { InspectWeightsFlags } from '../verbs/weightsInspect.js';
import { examples, withJsonOption } from './sharedOptions.js';

const layoutNames = knownLayouts.map(({ name }) => name);
const layoutList = knownLayouts.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n');
const from = 'file or folder of weights, run, or hf:<owner>/<name>[@revision]';

/** Where parts stand in a model, as the layouts need to know. */
const withPlaceOptions = (command: Command): Command =>
  command
    .option('--part <path>', "path of a BERT's or ResNet's parameters in a model, such as modalities.image.encoder")
    .option('--modality <name>', "name of the picture's modality in a model (mmbt, mmbt-hf)", 'image')
    .option('--head <name>', 'name of the head in a model (mmbt, mmbt-hf)', 'label');

/** `tessera weights …` */
export function weightsCommand(context: CommandContext): Command {
  return new Command('weights')
    .description('Look into files of weights, bring them into another form, and give those of a run to PyTorch.')
    .addHelpText('after', `\nLayouts:\n${layoutList}`)
    .addCommand(inspect(context))
    .addCommand(convert(context))
    .addCommand(exportRun(context));
}

const inspect = (context: CommandContext): Command =>
  withJsonOption(new Command('inspect'))
    .description('Show what a file of weights holds, and whose layout its names follow.')
    .argument('<from>', from)
    .option('--all', 'list every array')
    .addHelpText(
      'after',
      examples(
        'tessera weights inspect minilm',
        'tessera weights inspect pytorch_model.bin --all',
        'tessera weights inspect runs/mmbt --json',
      ),
    )
    .action(async (location: string, flags: InspectWeightsFlags) =>
      (await import('../verbs/weightsInspect.js')).runInspectWeights(context, location, flags),
    );

const convert = (context: CommandContext): Command =>
  withPlaceOptions(withJsonOption(new Command('convert')))
    .description('Write weights as float32 safetensors, with their names or in another layout; array by array.')
    .argument('<from>', from)
    .requiredOption('--to <file>', 'safetensors file to write')
    .addOption(
      new Option('--layout <name>', "layout of the result, or own for a model's own names").choices([
        ...layoutNames,
        'own',
      ]),
    )
    .option('--overwrite', 'replace a file that is there')
    .addHelpText(
      'after',
      examples(
        'tessera weights convert pytorch_model.bin --to model.safetensors',
        'tessera weights convert resnet50.pth --to resnet50-hf.safetensors --layout resnet-hf',
        'tessera weights convert minilm --to minilm.safetensors --layout own --part fusion',
      ),
    )
    .action(async (location: string, flags: ConvertFlags) =>
      (await import('../verbs/weightsConvert.js')).runConvert(context, location, flags),
    );

const exportRun = (context: CommandContext): Command =>
  withPlaceOptions(withJsonOption(new Command('export')))
    .description(
      'Write parameters of a run so that PyTorch loads them: a folder with model.safetensors and, for a BERT, config.json and its vocabulary.',
    )
    .argument('<run>', 'run folder or checkpoint')
    .requiredOption('--to <folder>', 'where it goes')
    .addOption(new Option('--layout <name>', 'whose names and axes').choices(layoutNames).makeOptionMandatory())
    .option('--overwrite', 'replace what is there')
    .addHelpText(
      'after',
      examples(
        'tessera weights export runs/mmbt --to bert --layout bert',
        'tessera weights export runs/mmbt --to resnet --layout resnet --part modalities.image.encoder',
        'tessera weights export runs/mmbt --to mmbt --layout mmbt --modality image --head label',
      ) +
        '\n\nIn Python: BertModel.from_pretrained("bert"), or load_file("resnet/model.safetensors") of safetensors.torch.',
    )
    .action(async (run: string, flags: ExportFlags) =>
      (await import('../verbs/weightsExport.js')).runExport(context, run, flags),
    );
