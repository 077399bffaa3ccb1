// zod objects drop keys they do not know unless declared strict; a misspelt key in a spec must never pass, in a plugin's
// nested options neither.
import { z } from 'zod';
import type { SpecIssue } from '../errors.js';
import { suggestName } from '../nearest.js';
import { formatPath, isMapping, isMeant } from './issues.js';

type Path = readonly PropertyKey[];

/** Keys of `value` that the schema does not have, at any depth; `allowed` are further keys of the top level. */
export function findUnknownKeys(
  schema: unknown,
  value: unknown,
  path: Path,
  allowed: readonly string[] = [],
): SpecIssue[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) {
    const meant = inner.options.find((option) => {
      const { error } = z.safeParse(option, value);
      return !error || isMeant(error.issues);
    });
    return meant ? findUnknownKeys(meant, value, path, allowed) : [];
  }
  if (isMapping(value)) {
    if (inner instanceof z.ZodObject) return unknownKeysOf(inner, value, path, allowed);
    if (inner instanceof z.ZodRecord) {
      return Object.entries(value).flatMap(([key, entry]) => findUnknownKeys(inner.valueType, entry, [...path, key]));
    }
  }
  if (Array.isArray(value)) {
    if (inner instanceof z.ZodArray) {
      return value.flatMap((entry, i) => findUnknownKeys(inner.element, entry, [...path, i]));
    }
    if (inner instanceof z.ZodTuple) {
      return value.flatMap((entry, i) => findUnknownKeys(inner.def.items[i], entry, [...path, i]));
    }
  }
  return [];
}

function unknownKeysOf(
  schema: z.ZodObject,
  value: Readonly<Record<string, unknown>>,
  path: Path,
  allowed: readonly string[],
): SpecIssue[] {
  const known = [...allowed, ...Object.keys(schema.shape)];
  const open = schema.def.catchall !== undefined && !(schema.def.catchall instanceof z.ZodNever);
  return Object.entries(value).flatMap(([key, entry]) => {
    if (Object.hasOwn(schema.shape, key)) return findUnknownKeys(schema.shape[key], entry, [...path, key]);
    if (open || allowed.includes(key)) return [];
    return [{ path: formatPath([...path, key]), message: `unknown key "${key}". ${suggestName(key, known)}` }];
  });
}

/** The schema that a written value meets first, below wrappers that let keys through. */
function unwrap(schema: unknown): unknown {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodPipe) inner = inner.in;
    else if (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault ||
      inner instanceof z.ZodNullable ||
      inner instanceof z.ZodReadonly ||
      inner instanceof z.ZodCatch ||
      inner instanceof z.ZodLazy
    ) {
      inner = inner.unwrap();
    } else return inner;
  }
}
