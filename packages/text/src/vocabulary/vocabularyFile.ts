import type { Assets } from '@tessera/core';

/** Names that vocabularies have among a part's assets, and so in a run's folder. */
export const vocabularyFiles = { lines: 'vocab.txt', json: 'tokenizer.json' } as const;

/** The asset for the text of a file that the spec names: a tokenizer.json by its ending, else one entry a line. */
export const vocabularyAsset = (file: string, text: string): Assets => ({
  [file.toLowerCase().endsWith('.json') ? vocabularyFiles.json : vocabularyFiles.lines]: text,
});

/** The entries of a vocab.txt: one a line, without the space around it; the id is the line's number from 0. */
export function vocabularyLines(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The text of a vocab.txt. */
export const vocabularyText = (entries: readonly string[]): string => `${entries.join('\n')}\n`;
