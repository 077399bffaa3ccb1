// Turns zod's findings into messages that say what was given, what is allowed and what to do.
import type { z } from 'zod';
import type { SpecIssue } from '../errors.js';
import { suggestName } from '../nearest.js';

type Path = readonly PropertyKey[];
type ZodIssue = z.core.$ZodIssue;

/** `a.b[2].c` */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key)),
    '',
  );
}

/** A value as it would stand in the spec, cut to a readable length. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (['function', 'symbol', 'bigint'].includes(typeof value)) return `a ${typeof value}`;
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Whether a value is a mapping of keys to values, as opposed to a list or a single value. */
export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether an option of a union is the one that was meant: only details inside are wrong, and not the tag that tells it. */
export const isMeant = (issues: readonly ZodIssue[]): boolean =>
  issues.every((issue) => {
    const tag = issue.code === 'invalid_value' && issue.values.length === 1 && issue.path.length === 1;
    return issue.code === 'unrecognized_keys' || (issue.path.length > 0 && !tag);
  });

/** zod issues → spec issues, with the paths below `prefix`. */
export function toSpecIssues(issues: readonly ZodIssue[], root: unknown, prefix: Path = []): SpecIssue[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    const given = valueAt(root, issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: formatPath([...path, key]), message: `unknown key "${key}".` }));
    }
    const meant = issue.code === 'invalid_union' && isMapping(given) && issue.errors.find(isMeant);
    if (meant) return toSpecIssues(meant, given, path);
    return [{ path: formatPath(path), message: describe(issue, given) }];
  });
}

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], root);

const expectedNames: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
};

function describe(issue: ZodIssue, given: unknown): string {
  const got = `got ${showValue(given)}`;
  switch (issue.code) {
    case 'invalid_type': {
      const expected = expectedNames[issue.expected] ?? issue.expected;
      return given === undefined ? `is required: ${expected}.` : `must be ${expected}, ${got}.`;
    }
    case 'invalid_value':
      return describeChoice(issue.values.map(String), given);
    case 'too_small':
      return `must ${size(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum)}, ${got}.`;
    case 'too_big':
      return `must ${size(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum)}, ${got}.`;
    case 'invalid_union':
      return describeUnion(issue, given);
    case 'custom':
      // A part's own rule may name what was given and what to do itself.
      return issue.message.endsWith('.') ? issue.message : `${issue.message}, ${got}.`;
    default:
      return `${issue.message.replace(/\.$/, '')}, ${got}.`;
  }
}

function describeChoice(allowed: readonly string[], given: unknown): string {
  const [only] = allowed;
  if (allowed.length === 1 && only !== undefined) return `must be ${only}, got ${showValue(given)}.`;
  const known = `must be one of ${allowed.join(', ')}`;
  if (given === undefined) return `is required: one of ${allowed.join(', ')}.`;
  const [, hint] = typeof given === 'string' ? suggestName(given, allowed).split(/(?= Did you mean)/) : [];
  return `${known}, got ${showValue(given)}.${hint ?? ''}`;
}

function describeUnion(issue: z.core.$ZodIssueInvalidUnion, given: unknown): string {
  if ('options' in issue && Array.isArray(issue.options)) return describeChoice(issue.options.map(String), given);
  if (given === undefined) return 'is required.';
  const rules = issue.errors.flatMap(([first]) => {
    if (!first) return [];
    const where = first.path.length > 0 ? `${formatPath(first.path)} ` : '';
    return [`${where}${describe(first, valueAt(given, first.path)).replace(/(, got .*)?\.$/, '')}`];
  });
  return `${[...new Set(rules)].join(', or ')}, got ${showValue(given)}.`;
}

function size(origin: string, bound: string, limit: number | bigint): string {
  if (origin === 'array') return `have ${bound} ${limit} entries`;
  if (origin === 'string') return `have ${bound} ${limit} characters`;
  return `be ${bound} ${limit}`;
}
