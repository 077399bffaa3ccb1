import { Command, Option } from 'commander';
import type { SourceName } from '@tessera/data';
import type { CommandContext } from '../commandContext.js';
import type { PrepareFlags } from '../verbs/prepareData.js';
import { examples, folderPath, withJsonOption, wholeNumber } from './sharedOptions.js';

/** One dataset that users download and prepare. */
interface DownloadedDataset {
  readonly name: SourceName;
  readonly description: string;
  /** What the source folder holds. */
  readonly source: string;
  readonly options: readonly Option[];
  readonly examples: readonly string[];
}

const hardOption = new Option(
  '--hard <file>',
  'JSON file with the ids of the hard test set, such as hard_gt_ids.json of facebookresearch/mmbt (default: that name in --from)',
);

const datasets: readonly DownloadedDataset[] = [
  {
    name: 'mmimdb',
    description: 'MM-IMDB: posters, plots and genres of films, in the official splits.',
    source:
      'folder of mmimdb.tar.gz unpacked (split.json and dataset), of multimodal_imdb.hdf5 and metadata.npy, or of train.jsonl, dev.jsonl and test.jsonl',
    options: [hardOption],
    examples: ['tessera data mmimdb --from downloads/mmimdb --to data/mmimdb --hard hard_gt_ids.json'],
  },
  {
    name: 'food101',
    description: 'UPMC Food-101: pictures of dishes and the text beside them, with development rows by a seed.',
    source: 'folder with images/train, images/test and texts_txt or texts/train_titles.csv',
    options: [
      new Option('--dev <count>', 'training rows that become dev.jsonl, the same share of each class')
        .default(5000)
        .argParser(wholeNumber(1)),
      new Option('--seed <number>', 'seed of their choice').default(1).argParser(wholeNumber(0)),
      hardOption,
    ],
    examples: ['tessera data food101 --from downloads/UPMC_Food101 --to data/food101 --seed 1'],
  },
  {
    name: 'vsnli',
    description: 'V-SNLI: pairs of SNLI with the Flickr30k picture of the premise, in the official splits.',
    source:
      'folder with snli_1.0_train.jsonl and so on (snli_1.0_test_hard.jsonl too if wanted), or VSNLI_1.0_train.tsv',
    options: [
      new Option('--flickr <folder>', 'folder of the Flickr30k pictures (default: flickr30k-images in --from)'),
    ],
    examples: ['tessera data vsnli --from downloads/snli_1.0 --flickr downloads/flickr30k-images --to data/vsnli'],
  },
  {
    name: 'hateful-memes',
    description: 'Hateful Memes: pictures with the text in them, in the official splits of phase 1 and 2.',
    source: 'folder with train.jsonl, dev_seen.jsonl, test_seen.jsonl and img',
    options: [],
    examples: ['tessera data hateful-memes --from downloads/hateful_memes --to data/hateful-memes'],
  },
];

/** `tessera data mmimdb`, `food101`, `vsnli` and `hateful-memes`. */
export const prepareDataCommands = (context: CommandContext): Command[] =>
  datasets.map(({ name, description, source, options, examples: lines }) => {
    const command = withJsonOption(new Command(name))
      .description(`${description} Makes JSON lines, labels, hashes and a list of the rows that were left out.`)
      .requiredOption('--from <folder>', source, folderPath)
      .requiredOption('--to <folder>', 'where it goes', folderPath)
      .addOption(
        new Option('--pictures <how>', 'hard links into the folder, copies, or paths to where they are')
          .choices(['link', 'copy', 'reference'])
          .default('link'),
      )
      .option('--decode', 'decode every picture in full, so that damaged ones are left out too (slower)')
      .option('--overwrite', 'make it again where it is already')
      .addHelpText('after', examples(...lines, `tessera data verify ${lines[0]?.match(/--to (\S+)/)?.[1] ?? ''}`));
    for (const option of options) command.addOption(option);
    return command.action(async (flags: PrepareFlags) =>
      (await import('../verbs/prepareData.js')).runPrepare(context, name, flags),
    );
  });
