import { SpecError } from '@tessera/core';

/** Where a vocabulary was named and what the spec says of it. */
export interface VocabularyPlace {
  /** Where the part stands in the spec, for messages. */
  readonly path: string;
  /** The option `vocab`; the vocabulary was learned when it is left out. */
  readonly vocab?: string;
}

/** The error for a vocabulary that cannot be used: `rule` is all that stands before `got`, `found` what follows the name. */
export function vocabularyError(
  { path, vocab }: VocabularyPlace,
  { rule, found = '', advice, cause }: { rule: string; found?: string; advice: string; cause?: unknown },
): SpecError {
  const given = vocab === undefined ? 'a learned vocabulary' : JSON.stringify(vocab);
  const message = `${rule}, got ${given}${found}. ${advice}`;
  return new SpecError([{ path: `${path}.vocab`, message }], cause === undefined ? {} : { cause });
}

/** The error for a part that has neither a vocabulary nor texts to learn one from. */
export const noVocabulary = ({ path }: VocabularyPlace): SpecError =>
  new SpecError([
    {
      path: `${path}.vocab`,
      message:
        'is required where there are no training texts to learn it from, got nothing. ' +
        'Name a vocab.txt or tokenizer.json, or build with training data.',
    },
  ]);

/** The error for training texts in which there is no word. */
export const noWords = ({ path }: VocabularyPlace): SpecError =>
  new SpecError([
    {
      path: `${path}.vocab`,
      message:
        'cannot be learned from training texts without words, got only empty ones. Check the field, or name a file.',
    },
  ]);
