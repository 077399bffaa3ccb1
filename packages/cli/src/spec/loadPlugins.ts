import { SpecError, type Plugin } from '@tessera/core';
import { importModule, pickExport } from './importModule.js';

/** Loads plugins from modules. Throws SpecError when a module cannot be loaded or exports no plugin. */
export async function loadPlugins(specifiers: readonly string[]): Promise<Plugin[]> {
  return Promise.all(
    specifiers.map(async (specifier) => {
      const plugin = pickExport(await importModule(specifier), 'plugin', specifier);
      if (isPlugin(plugin)) return plugin;
      throw new SpecError(
        `${specifier}: a plugin must have a name and components, got ${JSON.stringify(plugin)?.slice(0, 80) ?? typeof plugin}. ` +
          'Make it with definePlugin({ name, components: [...] }).',
      );
    }),
  );
}

const isPlugin = (value: unknown): value is Plugin =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Plugin>).name === 'string' &&
  Array.isArray((value as Partial<Plugin>).components);
