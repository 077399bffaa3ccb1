import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import {
  isTesseraError,
  SpecError,
  type BrokenPlugin,
  type LoadedPlugin,
  type PluginLoader,
  type PluginOrigin,
} from '@tessera/core';
import { isModulePath } from './importModule.js';
import { findInstalledPlugin, findInstalledPlugins, type PluginPackage } from './installedPlugins.js';
import { loadPlugin } from './loadPlugin.js';

/** Loads plugins from modules, TypeScript ones too, and from installed packages. */
export const nodePluginLoader: PluginLoader = {
  load: (specifiers, baseFolder) => Promise.all(specifiers.map((specifier) => loadNamed(specifier, baseFolder))),
  loadInstalled: (baseFolder) =>
    Promise.all(findInstalledPlugins(baseFolder).map((found) => loadFound(found, baseFolder))),
};

/**
 * Loads plugins by package name or module path, from a folder; the working folder if left out.
 * @throws SpecError for one that cannot be used
 */
export const loadPlugins = (
  specifiers: readonly string[],
  baseFolder = process.cwd(),
): Promise<readonly LoadedPlugin[]> => nodePluginLoader.load(specifiers, baseFolder);

async function loadNamed(specifier: string, baseFolder: string): Promise<LoadedPlugin> {
  if (isModulePath(specifier)) {
    const origin = resolve(baseFolder, specifier);
    if (!existsSync(origin)) {
      const place = isAbsolute(specifier) ? 'there' : `in ${resolve(baseFolder)}`;
      throw new SpecError(`plugins: a module must be a file, got ${specifier}, which is not ${place}. Check the path.`);
    }
    return { name: specifier, specifier: origin, origin, plugin: await loadPlugin(origin, specifier, baseFolder) };
  }
  const found = findInstalledPlugin(specifier, baseFolder);
  if (found?.fault !== undefined) throw new SpecError(`${specifier}: ${found.fault}`);
  const plugin = await loadPlugin(found?.entry ?? specifier, specifier, baseFolder);
  return { ...(found ? originOf(found) : { name: specifier, origin: specifier }), specifier, plugin };
}

async function loadFound(found: PluginPackage, baseFolder: string): Promise<LoadedPlugin | BrokenPlugin> {
  const own = originOf(found);
  if (found.entry === undefined) return { ...own, fault: found.fault ?? '' };
  try {
    return { ...own, specifier: found.name, plugin: await loadPlugin(found.entry, found.name, baseFolder) };
  } catch (error) {
    if (!isTesseraError(error)) throw error;
    return { ...own, fault: error.message.replace(`${found.name}: `, '') };
  }
}

const originOf = ({ name, version, origin }: PluginPackage): PluginOrigin => ({ name, version, origin });
