import { existsSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createFolder } from '@tessera/data';
import type { CommandContext } from '../commandContext.js';
import { UsageError } from '../usageError.js';
import { downloadOf, paperSpecText, type PaperTask } from './paperSpec.js';
import { shellWord } from './shellWord.js';

type Template = 'mmbt' | 'text' | 'image' | 'concat';

/** Flags of `tessera init`. */
export interface InitFlags {
  /** mmbt if left out. */
  readonly template?: Template;
  readonly recipe?: 'paper' | 'modern';
  readonly task?: PaperTask;
}

const image = `  image:
    encoder: resnet18 # resnet18, 34, 50, 101 or 152
    input: { size: 64 }
    stem: small # imagenet for pictures of 224 pixels
    pool: { kind: average, grid: [3, 3] } # 9 tokens; any rows × columns
    augment: { flip: 0.5 }
`;
const pooledImage = image.replace('grid: [3, 3] } # 9 tokens; any rows × columns', 'grid: [1, 1] }');
const words =
  '  text: { encoder: wordpiece, maxTokens: 64 } # the vocabulary is built from the training texts; or vocab: ./vocab.txt\n';
const bitransformer = 'fusion: { type: bitransformer, hiddenSize: 256, numLayers: 4, numHeads: 4 }\n';

const modelOf: Readonly<Record<Template, string>> = {
  mmbt: `modalities:\n${image}${words}${bitransformer}`,
  text: `modalities:\n${words}${bitransformer}`,
  image: `modalities:\n${pooledImage}fusion: { type: concat }\n`,
  concat: `modalities:\n${pooledImage}  text: { encoder: bow, dimension: 300 }\nfusion: { type: concat, hiddenSizes: [256] }\n`,
};

/** A row of the data, as an example. */
const rowOf: Readonly<Record<Template, string>> = {
  mmbt: '{"image": "pictures/1.png", "text": "…", "label": "cat"}',
  text: '{"text": "…", "label": "cat"}',
  image: '{"image": "pictures/1.png", "label": "cat"}',
  concat: '{"image": "pictures/1.png", "text": "…", "label": "cat"}',
};

const ownTraining = `training:
  epochs: 10
  batchSize: 32
  optimizer: { type: adamw, learningRate: 5e-4 }
  clipNorm: 1
  seed: 1
`;

const modernTraining = `training: # what stands here counts before the recipe
  # epochs: 20
  # batchSize: 32
  # optimizer: { learningRate: 1e-3 } # for a small transformer from scratch; a pretrained one wants 2e-4 to 2e-5
  seed: 1
`;

const modernRecipe = `recipe: modern # adamw at 1e-3, decay 0.01; warm-up over a tenth of the run, then half a cosine; gradients clipped to norm 1;
# batches of 32, 20 epochs, of which the last is kept
`;

const specText = (
  name: string,
  template: Template,
  isModern: boolean,
): string => `# ${name}: see \`tessera schema\` for every option and \`tessera plugins\` for every part.
name: ${name}
${isModern ? modernRecipe : ''}${modelOf[template]}heads:
  label: { type: single-label } # or multi-label, regression
data: # a row of train.jsonl: ${rowOf[template]}
  type: jsonl
  train: train.jsonl
  validation: validation.jsonl
  test: test.jsonl
${isModern ? modernTraining : ownTraining}`;

/** Writes a spec. */
export function runInit({ terminal }: CommandContext, folder: string, flags: InitFlags): void {
  requireFitting(flags);
  const { template = 'mmbt', recipe, task } = flags;
  const file = join(folder, 'spec.yaml');
  if (existsSync(file)) throw new UsageError(`${file}: it exists already. Give another folder.`);
  const name = basename(resolve(folder)).replaceAll(/[^A-Za-z0-9-]+/g, '-') || 'model';
  createFolder(folder);
  writeFileSync(file, task === undefined ? specText(name, template, recipe === 'modern') : paperSpecText(name, task));
  terminal.print(`${file} is written.`);
  if (task !== undefined) {
    terminal.note(
      "Next: put bert-base-uncased's vocab.txt beside it and prepare the data,",
      `  tessera data ${task} --from ${downloadOf(task)} --to ${shellWord(join(folder, 'data'))}`,
      `then: tessera train ${shellWord(file)}`,
    );
    return;
  }
  terminal.note(
    'Next: put train.jsonl, validation.jsonl and test.jsonl beside it, one row a line, paths relative to the file:',
    `  ${rowOf[template]}`,
    `then: tessera train ${shellWord(file)}`,
  );
}

function requireFitting({ template, recipe, task }: InitFlags): void {
  if ((recipe === 'paper') !== (task !== undefined)) {
    throw new UsageError(
      `init: --recipe paper and --task go together, got ${recipe === undefined ? '--task alone' : `--recipe ${recipe}${task === undefined ? ' alone' : ` and --task ${task}`}`}. ` +
        'Write for example --recipe paper --task mmimdb.',
    );
  }
  if (recipe === 'paper' && template !== undefined)
    throw new UsageError(`init: --recipe paper writes MMBT, got --template ${template}. Leave one of them out.`);
}
