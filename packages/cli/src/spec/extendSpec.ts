// `extends: ./base.yaml` puts a spec on top of another: mappings are merged key by key, in the base's order; anything
// else replaces what the base has; null removes it. Paths inside all of them start from the extending file's folder.
// A list of bases is merged one on top of the other first.
import { SpecError } from '@tessera/core';

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Options that only mean something under one choice of part: another `type` or `encoder` drops the base's options. */
const choiceKeys = ['type', 'encoder'] as const;

/** The base with `override` on top. */
export function mergeSpecs(base: unknown, override: unknown): unknown {
  if (!isMapping(base) || !isMapping(override)) return override;
  const replaced = choiceKeys.some((key) => key in override && key in base && override[key] !== base[key]);
  const merged: Record<string, unknown> = replaced ? {} : { ...base };
  for (const [key, value] of Object.entries(override)) {
    if (value === null) Reflect.deleteProperty(merged, key);
    else merged[key] = mergeSpecs(merged[key], value);
  }
  return merged;
}

/** Gives the spec at a path, not extended; gets the path as written and the file it stands in. */
type LoadSpec = (path: string, from: string) => Promise<{ readonly path: string; readonly spec: unknown }>;

/**
 * Follows `extends` to the specs that have none and merges all, the extending ones on top; of a list each on top of
 * those before it.
 * @throws SpecError for what is no path or list of paths, and for files that extend each other in a circle.
 */
export const extendSpec = (spec: unknown, path: string, load: LoadSpec): Promise<unknown> =>
  resolveSpec(spec, [path], load);

/** @param chain - the files on the way to this spec, its own last */
async function resolveSpec(spec: unknown, chain: readonly string[], load: LoadSpec): Promise<unknown> {
  if (!isMapping(spec) || !('extends' in spec)) return spec;
  const { extends: given, ...rest } = spec;
  const path = chain.at(-1) ?? '';
  const layers: unknown[] = [];
  for (const base of basesIn(given, path)) {
    const loaded = await load(base, path);
    if (chain.includes(loaded.path)) {
      throw new SpecError(
        `${chain[0] ?? ''}: specs must not extend each other in a circle, got ${[...chain, loaded.path].join(' → ')}. Remove one.`,
      );
    }
    layers.push(await resolveSpec(loaded.spec, [...chain, loaded.path], load));
  }
  return [...layers, rest].reduce(mergeSpecs);
}

function basesIn(given: unknown, path: string): readonly string[] {
  const bases: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (bases.length > 0 && bases.every((base) => typeof base === 'string')) return bases;
  throw new SpecError(
    `${path}: extends must be the path of a spec, or a list of paths, got ${JSON.stringify(given)}. Write extends: ./base.yaml.`,
  );
}
