import { suggestName, type Model } from '@tessera/core';
import { UsageError } from '../usageError.js';

/**
 * Reads `--image a.png --text "…"` for a model's modalities.
 * @param otherwise - what may be given instead, for the message
 * @throws UsageError for an option that is no modality and for a missing value.
 */
export function sampleInputs(
  model: Pick<Model, 'encoders'>,
  words: readonly string[],
  otherwise: string,
): Record<string, string> {
  const known = [...model.encoders.keys()];
  const inputs: Record<string, string> = {};
  for (let i = 0; i < words.length; i++) {
    const [word, inline] = splitOption(words[i] ?? '');
    const name = word.replace(/^--/, '');
    if (!word.startsWith('--') || !known.includes(name)) {
      throw new UsageError(`unknown option "${word}": options are the run's modalities. ${suggestName(name, known)}`);
    }
    const value = inline ?? words[++i];
    if (value === undefined) throw new UsageError(`--${name}: needs a value, got none. Write --${name} VALUE.`);
    inputs[name] = value;
  }
  if (Object.keys(inputs).length === 0) {
    throw new UsageError(`no input given. Write ${known.map((name) => `--${name} VALUE`).join(' ')}, or ${otherwise}.`);
  }
  return inputs;
}

const splitOption = (word: string): [string, string?] => {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
};
