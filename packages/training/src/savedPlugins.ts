// A saved spec names the modules under `plugins` by their path from the folder of the spec it was trained from, so that a
// project finds them wherever it lies. Packages stand there by name.
import { existsSync } from 'node:fs';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';

type Mapping = Readonly<Record<string, unknown>>;

/** A spec as it is saved. */
export const withPortablePlugins = (spec: Mapping, baseFolder: string): Mapping =>
  mapPlugins(spec, (plugin) => (isAbsolute(plugin) ? pathFrom(baseFolder, plugin) : plugin));

/** A saved spec with its modules where they are now: in the first of the folders that has one, else in the last. */
export const withPluginsFound = (spec: unknown, folders: readonly string[]): unknown =>
  mapPlugins(spec as Mapping, (plugin) => {
    if (!isRelative(plugin)) return plugin;
    const places = folders.map((folder) => resolve(folder, plugin));
    return places.find((place) => existsSync(place)) ?? places.at(-1) ?? plugin;
  });

/** A spec that goes to other machines: of modules, the name alone. */
export const withPluginsNamed = (spec: Mapping): Mapping =>
  mapPlugins(spec, (plugin) => (isAbsolute(plugin) || isRelative(plugin) ? `./${basename(plugin)}` : plugin));

/** The path from one place to another, with / between and a dot in front; whole where there is none, as between drives. */
export function pathFrom(folder: string, place: string): string {
  const path = relative(resolve(folder), resolve(place));
  if (isAbsolute(path)) return path;
  const plain = path.replaceAll(sep, '/');
  return plain.startsWith('.') ? plain : `./${plain}`;
}

const isRelative = (plugin: string): boolean => /^\.\.?\//.test(plugin);

function mapPlugins(spec: Mapping, change: (plugin: string) => string): Mapping {
  const plugins = (spec as Mapping | undefined)?.['plugins'];
  if (!Array.isArray(plugins)) return spec;
  return { ...spec, plugins: plugins.map((plugin: unknown) => (typeof plugin === 'string' ? change(plugin) : plugin)) };
}
