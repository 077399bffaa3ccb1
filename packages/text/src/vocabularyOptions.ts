import { SpecError, type Assets, type FitSource } from '@tessera/core';
import { z } from 'zod';
import { vocabularyAsset, wordSplitter } from './bertTokenizer.js';
import { readTextFile } from './readTextFile.js';
import { sentencesOf } from './textInput.js';
import { buildVocabulary } from './vocabulary.js';

/** Options of every encoder with a WordPiece vocabulary. */
export const vocabularyOptions = {
  vocab: z
    .string()
    .min(1)
    .optional()
    .describe('vocab.txt or tokenizer.json of a BERT; built from the training texts if left out.'),
  vocabSize: z.int().min(8).default(30_522).describe('Most entries of a vocabulary that is built.'),
  minimumFrequency: z
    .int()
    .positive()
    .default(1)
    .describe('Words seen less often are left to their pieces in a vocabulary that is built.'),
  lowercase: z
    .boolean()
    .default(true)
    .describe('Lower-cases and strips accents, as uncased BERT; a tokenizer.json has its own rule.'),
  maxTokens: z.int().positive().max(100_000).default(128).describe('Word pieces kept of a text.'),
};

/** Parsed {@link vocabularyOptions}. */
export type VocabularyOptions = z.output<z.ZodObject<typeof vocabularyOptions>>;

/** Reads the vocabulary that the options name, or builds one from training texts. Throws SpecError when neither can be. */
export async function fitVocabulary(
  options: VocabularyOptions,
  { path, baseFolder, values }: FitSource,
): Promise<Assets> {
  if (options.vocab !== undefined)
    return vocabularyAsset(await readTextFile(options.vocab, baseFolder, `${path}.vocab`));
  if (!values) {
    throw new SpecError([
      {
        path: `${path}.vocab`,
        message: 'is required without training data: the path of a vocab.txt or tokenizer.json.',
      },
    ]);
  }
  const split = wordSplitter(options.lowercase);
  return { 'vocab.txt': `${buildVocabulary(wordsOf(values, split), options).join('\n')}\n` };
}

function* wordsOf(values: Iterable<unknown>, split: (text: string) => string[]): Iterable<string> {
  for (const raw of values) {
    for (const sentence of sentencesOf(raw)) yield* split(sentence);
  }
}
