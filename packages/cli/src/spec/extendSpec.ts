// `extends: ./base.yaml` puts a spec on top of another: mappings are merged key by key, in the base's order; anything
// else replaces what the base has; null removes it. Paths inside both start from the extending file's folder.
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

/**
 * Follows `extends` to the first spec that has none and merges all, the extending ones on top.
 * @param load - gives the spec at a path, not extended; gets the path as written and the file it stands in
 * @throws SpecError for a path that is not text and for files that extend each other in a circle.
 */
export async function extendSpec(
  spec: unknown,
  path: string,
  load: (path: string, from: string) => Promise<{ readonly path: string; readonly spec: unknown }>,
): Promise<unknown> {
  const chain = [path];
  const layers: unknown[] = [];
  let current = { path, spec };
  for (;;) {
    if (!isMapping(current.spec) || !('extends' in current.spec)) {
      layers.unshift(current.spec);
      break;
    }
    const { extends: base, ...rest } = current.spec;
    if (typeof base !== 'string') {
      throw new SpecError(
        `${current.path}: extends must be the path of a spec, got ${JSON.stringify(base)}. Write extends: ./base.yaml.`,
      );
    }
    layers.unshift(rest);
    current = await load(base, current.path);
    if (chain.includes(current.path)) {
      throw new SpecError(
        `${path}: specs must not extend each other in a circle, got ${[...chain, current.path].join(' → ')}. Remove one.`,
      );
    }
    chain.push(current.path);
  }
  return layers.reduce(mergeSpecs);
}
