import { z } from 'zod';
import { vocabularyError, type VocabularyPlace } from '../vocabulary/vocabularyError.js';
import type { TokenizerJson } from './huggingFaceTokenizer.js';

const id = z.int().min(0).max(10_000_000);
const component = z.looseObject({ type: z.string() }).nullable().default(null);

const schema = z.object({
  added_tokens: z.array(z.looseObject({ id, content: z.string() })).default([]),
  normalizer: component,
  pre_tokenizer: component,
  model: z.looseObject({ type: z.literal('WordPiece'), unk_token: z.string(), vocab: z.record(z.string(), id) }),
});

/** Where a tokenizer.json was named, and what the spec says of letter case. */
export interface TokenizerJsonPlace extends VocabularyPlace {
  /** The option `lowercase`. */
  readonly lowercase?: boolean;
}

/**
 * Reads what a tokenizer.json says of normalisation, words and pieces.
 * @throws SpecError when it is damaged, no WordPiece tokenizer, or contradicts the option `lowercase`
 */
export function parseTokenizerJson(text: string, place: TokenizerJsonPlace): TokenizerJson {
  const result = schema.safeParse(parseJson(text, place));
  if (!result.success) {
    const [issue] = result.error.issues;
    const where = issue?.path.length ? `where ${issue.path.join('.')} is wrong` : 'which is none';
    throw vocabularyError(place, {
      rule: 'must be the tokenizer.json of a WordPiece tokenizer',
      found: `, ${where} (${issue?.message ?? ''})`,
      advice: 'Use the tokenizer.json or vocab.txt of a BERT.',
    });
  }
  const json: TokenizerJson = result.data;
  requireSameCase(json, place);
  return json;
}

function parseJson(text: string, place: TokenizerJsonPlace): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw vocabularyError(place, {
      rule: 'must be complete JSON',
      found: ` (${cause instanceof Error ? cause.message : String(cause)})`,
      advice: 'Download or save it again.',
      cause,
    });
  }
}

function requireSameCase({ normalizer }: TokenizerJson, place: TokenizerJsonPlace): void {
  const own = lowercases(normalizer);
  if (place.lowercase === undefined || own === place.lowercase) return;
  throw vocabularyError(place, {
    rule: `must agree with lowercase=${place.lowercase}`,
    found: `, whose normalizer ${own ? 'lower-cases' : 'keeps upper case'}`,
    advice: 'Leave lowercase out, or name the vocab.txt.',
  });
}

/** Whether a normalizer, or one within its sequence, lower-cases texts. */
function lowercases(normalizer: unknown): boolean {
  if (typeof normalizer !== 'object' || normalizer === null) return false;
  const { type, lowercase, normalizers } = normalizer as Readonly<Record<string, unknown>>;
  return type === 'Lowercase' || lowercase === true || (Array.isArray(normalizers) && normalizers.some(lowercases));
}
