// `--set training.epochs=3`: what it says and how it changes a spec before the spec is checked.
import { SpecError } from '@tessera/core';
import { parse } from 'yaml';
import { UsageError } from '../usageError.js';

/** One `--set`. */
export interface Override {
  /** Name of the spec that it is for; every spec that the command names if left out. */
  readonly spec?: string;
  readonly path: readonly string[];
  readonly value: unknown;
  /** As the user wrote it. */
  readonly text: string;
}

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Reads `path=value` or `name:path=value`. Keys are parted by dots, list entries written `[0]` or `.0`, keys that hold a
 * dot stand in double quotes; the value is read as YAML.
 * @throws UsageError when it has no `=`, an empty key, or a value that is no YAML.
 */
export function parseOverride(text: string): Override {
  const match = /^(?:(?<spec>[^=:."[\]]+):)?(?<path>(?:"[^"]*"|[^="])+)=(?<value>[\s\S]*)$/.exec(text);
  const { spec, path = '', value = '' } = match?.groups ?? {};
  if (!match) throw new UsageError(`--set: must be path=value, got "${text}". Write for example training.epochs=3.`);
  const keys = [...path.matchAll(/"([^"]*)"|\[(\d+)\]|([^.[\]"]+)|(\.(?=\.|$)|^\.)/g)].map(
    ([, quoted, index, plain]) => quoted ?? index ?? plain?.trim() ?? '',
  );
  if (keys.length === 0 || keys.includes('')) {
    throw new UsageError(`--set: a path must not have empty keys, got "${text}". Write for example training.epochs=3.`);
  }
  return { ...(spec !== undefined && { spec }), path: keys, value: parseValue(text, value), text };
}

function parseValue(text: string, value: string): unknown {
  try {
    return parse(value) as unknown;
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]?.replace(/ at line 1, column (\d+):?$/, ' at character $1');
    throw new UsageError(`--set: the value must be YAML, got "${text}": ${reason ?? ''}. Quote it.`, { cause: error });
  }
}

/** Overrides for the spec of a name, given all of a command; `named` says whether the command names this spec. */
export const overridesFor = (overrides: readonly Override[], name: string, named: boolean): Override[] =>
  overrides.filter(({ spec }) => (spec === undefined ? named : spec === name));

/**
 * A copy of the spec with the overrides applied; null takes a key away, as under `extends`. Throws SpecError where a path
 * leads into something without keys.
 */
export function applyOverrides(spec: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((changed, override) => replaceAt(changed, override, 0), spec);
}

function replaceAt(target: unknown, override: Override, depth: number): unknown {
  const key = override.path[depth];
  if (key === undefined) return override.value;
  if (target === undefined || target === null) return { [key]: replaceAt(undefined, override, depth + 1) };
  if (Array.isArray(target)) return replaceEntry(target as readonly unknown[], override, depth, key);
  if (typeof target !== 'object') {
    const place = override.path.slice(0, depth).join('.');
    throw new SpecError(
      `--set ${override.text}: ${place || 'the spec'} must be a mapping to have the key "${key}", got ${JSON.stringify(target)}. ` +
        `Set all of it: ${place}='{ ${key}: … }'.`,
    );
  }
  const value = replaceAt((target as Mapping)[key], override, depth + 1);
  if (value !== null) return { ...(target as Mapping), [key]: value };
  const { [key]: _removed, ...rest } = target as Mapping;
  return rest;
}

function replaceEntry(target: readonly unknown[], override: Override, depth: number, key: string): unknown[] {
  const index = Number(key);
  if (!/^\d+$/.test(key) || index > target.length) {
    const place = override.path.slice(0, depth).join('.');
    throw new SpecError(
      `--set ${override.text}: ${place} is a list of ${target.length}, got the entry "${key}". ` +
        `Entries are 0 to ${target.length}, the last of which adds one.`,
    );
  }
  const changed = [...target];
  changed[index] = replaceAt(target[index], override, depth + 1);
  return changed;
}
