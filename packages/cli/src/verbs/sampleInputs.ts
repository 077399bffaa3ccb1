import { suggestName, type AnyDefinition, type Model, type Registry } from '@tessera/core';
import { UsageError } from '../usageError.js';

/** What is known of a run whose modalities a command line names. */
export interface SampleRun {
  readonly model: Pick<Model, 'encoders' | 'spec'>;
  readonly registry: Registry;
}

/**
 * Reads `--image a.png --text "…" --motion "[[0, 0, 1]]"` for a model's modalities.
 * @param otherwise - what may be given instead, for the message
 * @throws UsageError for an option that is no modality and for a missing value.
 */
export function sampleInputs(
  { model, registry }: SampleRun,
  words: readonly string[],
  otherwise: string,
): Record<string, unknown> {
  const known = [...model.encoders.keys()];
  const inputs: Record<string, unknown> = {};
  for (let i = 0; i < words.length; i++) {
    const [word, inline] = splitOption(words[i] ?? '');
    const name = word.replace(/^--/, '');
    if (!word.startsWith('--') || !known.includes(name)) {
      throw new UsageError(`unknown option "${word}": options are the run's modalities. ${suggestName(name, known)}`);
    }
    const value = inline ?? words[++i];
    if (value === undefined) throw new UsageError(`--${name}: needs a value, got none. Write --${name} VALUE.`);
    inputs[name] = rawValue(value, registry.get('encoder', model.spec.modalities[name]?.type ?? ''));
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

/**
 * A word as the raw input it stands for. Encoders of text get it as it is. The others get lists and records that are
 * written in JSON, as they stand in JSON lines, and those that take no file get numbers too.
 */
function rawValue(word: string, { medium, input }: Pick<AnyDefinition, 'medium' | 'input'>): unknown {
  if (medium === 'text') return word;
  let value: unknown;
  try {
    value = JSON.parse(word);
  } catch {
    return word;
  }
  return input === 'value' || (typeof value === 'object' && value !== null) ? value : word;
}
