// Turns zod's findings into messages that say what was given, what is allowed and what to do.
import type { z } from 'zod';
import type { SpecIssue } from '../errors.js';
import { nearestName } from '../nearest.js';

type Path = readonly PropertyKey[];

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
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root);

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

function describe(issue: z.core.$ZodIssue, given: unknown): string {
  const got = `got ${showValue(given)}`;
  switch (issue.code) {
    case 'invalid_type': {
      const expected = expectedNames[issue.expected] ?? issue.expected;
      return given === undefined ? `is required: ${expected}.` : `must be ${expected}, ${got}.`;
    }
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const near = typeof given === 'string' ? nearestName(given, allowed) : undefined;
      return `must be ${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}, ${got}.${near ? ` Did you mean "${near}"?` : ''}`;
    }
    case 'too_small':
      return `must ${issue.origin === 'number' || issue.origin === 'int' ? 'be' : 'have'} ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unit(issue.origin)}, ${got}.`;
    case 'too_big':
      return `must ${issue.origin === 'number' || issue.origin === 'int' ? 'be' : 'have'} ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unit(issue.origin)}, ${got}.`;
    case 'invalid_union': {
      const options = issue.errors.map((errors) => errors[0]).filter((error) => error !== undefined);
      const rules = [...new Set(options.map((error) => describe(error, valueAt(given, error.path)).split(', got')[0]))];
      return `${rules.join(', or ')}, ${got}.`;
    }
    default:
      return `${issue.message.replace(/\.$/, '')}, ${got}.`;
  }
}

const unit = (origin: string): string => (origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '');

/** zod issues → spec issues, with the paths below `prefix`. Unknown keys are reported by `findUnknownKeys`. */
export function toSpecIssues(error: z.ZodError, root: unknown, prefix: Path): SpecIssue[] {
  return error.issues
    .filter((issue) => issue.code !== 'unrecognized_keys')
    .map((issue) => ({
      path: formatPath([...prefix, ...issue.path]),
      message: describe(issue, valueAt(root, issue.path)),
    }));
}
