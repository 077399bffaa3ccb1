import { z } from 'zod';

/** Options of every text encoder that decide its vocabulary. */
export const vocabularyOptions = {
  vocab: z
    .string()
    .min(1)
    .optional()
    .describe('Path of a vocabulary, from the folder of the spec; learned from the training texts if left out.'),
  vocabSize: z.int().min(16).default(30_522).describe('Most entries of a vocabulary that is learned.'),
  minimumFrequency: z
    .int()
    .positive()
    .default(1)
    .describe(
      'How often a word, or a pair of pieces, must occur to get an entry of its own when a vocabulary is learned.',
    ),
  lowercase: z
    .boolean()
    .optional()
    .describe(
      'Whether texts are lower-cased and lose their accents. If left out: as a tokenizer.json says, else unless the vocabulary has upper-case letters.',
    ),
};

/** Parsed {@link vocabularyOptions}. */
export type VocabularyOptions = z.output<z.ZodObject<typeof vocabularyOptions>>;

/** Names of {@link vocabularyOptions}: encoders for which they are equal share a learned vocabulary. */
export const vocabularyOptionNames = Object.keys(vocabularyOptions) as (keyof VocabularyOptions)[];
