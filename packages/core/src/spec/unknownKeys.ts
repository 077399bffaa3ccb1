// zod objects drop keys they do not know unless declared strict; a misspelt key in a spec must never pass, in a plugin's
// nested options neither.
import { z } from 'zod';
import type { SpecIssue } from '../errors.js';
import { suggestName } from '../nearest.js';
import { formatPath } from './issues.js';

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodReadonly
  ) {
    inner = inner.unwrap();
  }
  return inner;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys of `value` that the schema does not have, at any depth; `allowed` are further keys of the top level. */
export function findUnknownKeys(
  schema: unknown,
  value: unknown,
  path: readonly PropertyKey[],
  allowed: readonly string[] = [],
): SpecIssue[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject && isMapping(value)) {
    const known = [...allowed, ...Object.keys(inner.shape)];
    const open = inner.def.catchall !== undefined && !(inner.def.catchall instanceof z.ZodNever);
    return Object.entries(value).flatMap(([key, entry]) => {
      if (key in inner.shape) return findUnknownKeys(inner.shape[key], entry, [...path, key]);
      if (open || allowed.includes(key)) return [];
      return [{ path: formatPath([...path, key]), message: `unknown key "${key}". ${suggestName(key, known)}` }];
    });
  }
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((entry, i) => findUnknownKeys(inner.element, entry, [...path, i]));
  }
  if (inner instanceof z.ZodRecord && isMapping(value)) {
    return Object.entries(value).flatMap(([key, entry]) => findUnknownKeys(inner.valueType, entry, [...path, key]));
  }
  return [];
}
