// Plugins are found by their package.json alone: none of their code runs until one is loaded.
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { pluginInterface, satisfiesInterface } from '@tessera/core';

/** A package that says it has a plugin. */
export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  /** Its folder. */
  readonly origin: string;
  /** Absolute path of the module that exports the plugin; undefined where `fault` says why there is none. */
  readonly entry?: string;
  readonly fault?: string;
}

/**
 * The installed packages whose package.json has `"tessera": { "plugin": "./dist/index.js" }`, from the folders
 * `node_modules` of a folder, of those above it and of where this program is installed. The nearest of a name counts.
 */
export function findInstalledPlugins(baseFolder: string): readonly PluginPackage[] {
  const found = new Map<string, PluginPackage>();
  for (const modules of moduleFolders(baseFolder)) {
    for (const folder of packageFolders(modules)) {
      const name = folder.slice(modules.length + 1).replaceAll(sep, '/');
      if (found.has(name)) continue;
      const plugin = readPluginPackage(name, folder);
      if (plugin) found.set(name, plugin);
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The nearest installed package of a name, if it says that it has a plugin. */
export function findInstalledPlugin(name: string, baseFolder: string): PluginPackage | undefined {
  for (const modules of moduleFolders(baseFolder)) {
    const plugin = readPluginPackage(name, join(modules, ...name.split('/')));
    if (plugin) return plugin;
  }
  return undefined;
}

function moduleFolders(baseFolder: string): string[] {
  const program = process.argv[1];
  const starts = [resolve(baseFolder), process.cwd(), ...(program === undefined ? [] : [dirname(realPath(program))])];
  return [...new Set(starts.flatMap(foldersAbove).map((folder) => join(folder, 'node_modules')))];
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const foldersAbove = (folder: string): string[] =>
  dirname(folder) === folder ? [folder] : [folder, ...foldersAbove(dirname(folder))];

/** Folders of packages, those with a scope too; a folder that cannot be listed has none. */
function packageFolders(modules: string): string[] {
  return namesIn(modules).flatMap((name) => {
    const folder = join(modules, name);
    return name.startsWith('@') ? namesIn(folder).map((inner) => join(folder, inner)) : [folder];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

function readPluginPackage(name: string, origin: string): PluginPackage | undefined {
  let manifest: unknown;
  try {
    const text = readFileSync(join(origin, 'package.json'), 'utf8');
    if (!text.includes('"tessera"')) return undefined; // most packages, told without parsing
    manifest = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { version, tessera } = manifest as { version?: unknown; tessera?: unknown };
  if (typeof tessera !== 'object' || tessera === null || !('plugin' in tessera)) return undefined;
  const own = { name, version: typeof version === 'string' ? version : 'none', origin };
  return { ...own, ...entryOf(origin, tessera as { plugin: unknown; interface?: unknown }) };
}

function entryOf(
  folder: string,
  given: { plugin: unknown; interface?: unknown },
): Pick<PluginPackage, 'entry' | 'fault'> {
  const { plugin, interface: range } = given;
  const entry = typeof plugin === 'string' ? resolve(folder, plugin) : '';
  if (!entry.startsWith(folder + sep)) {
    return { fault: `package.json: tessera.plugin must be a path in the package, got ${JSON.stringify(plugin)}.` };
  }
  const fault = range === undefined ? undefined : rangeFault(range);
  if (fault !== undefined) return { fault };
  if (statSync(entry, { throwIfNoEntry: false })?.isFile()) return { entry };
  return { fault: `package.json: tessera.plugin must be a file, got ${String(plugin)}, which is not there. Build it.` };
}

function rangeFault(range: unknown): string | undefined {
  const fits = typeof range === 'string' ? satisfiesInterface(range) : undefined;
  if (fits === true) return undefined;
  const where = 'package.json: tessera.interface must';
  if (fits === undefined)
    return `${where} be a range of versions, got ${JSON.stringify(range)}. Write "^${pluginInterface}".`;
  return `${where} take the interface here, ${pluginInterface}, got ${String(range)}. Update the plugin or tessera.`;
}
