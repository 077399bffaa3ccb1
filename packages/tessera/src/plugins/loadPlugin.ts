import { interfaceFault, SpecError, type AnyDefinition, type PartKind, type Plugin } from '@tessera/core';
import { importModule, pickExport, type Exports } from './importModule.js';

/** By absolute path or package: a plugin that is asked for twice is the same object, which registers once. */
const loaded = new Map<string, Promise<Plugin>>();

/**
 * Imports the plugin of a module or package, once.
 * @param specifier - absolute path of a module, or name of a package
 * @param name - what messages call it
 * @throws SpecError when it cannot be loaded, exports no plugin, or one of another interface
 */
export async function loadPlugin(specifier: string, name: string, baseFolder: string): Promise<Plugin> {
  const loading = loaded.get(specifier) ?? importPlugin(specifier, name, baseFolder);
  loaded.set(specifier, loading);
  try {
    return await loading;
  } catch (error) {
    loaded.delete(specifier);
    throw error;
  }
}

async function importPlugin(specifier: string, name: string, baseFolder: string): Promise<Plugin> {
  const plugin = pickExport(commonExports(await importModule(specifier, baseFolder, name)), 'plugin', name);
  if (!isPlugin(plugin)) {
    throw new SpecError(
      `${name}: a plugin must have a name and components, got ${JSON.stringify(plugin)?.slice(0, 80) ?? typeof plugin}. ` +
        'Make it with definePlugin({ name, components: [...] }).',
    );
  }
  const fault = interfaceFault(plugin) ?? componentFault(plugin);
  if (fault !== undefined) throw new SpecError(`${name}: ${fault}`);
  return plugin;
}

/** What is wrong with the list of parts, which may be written by hand or for another version. */
function componentFault({ components }: Plugin): string | undefined {
  const place = components.findIndex((part) => !isComplete(part));
  if (place < 0) return undefined;
  return `components[${place}] must be a part, got one that lacks what parts have. Make it with defineEncoder and the like.`;
}

/** All kinds of part: the compiler asks for each. */
const kinds: Readonly<Record<PartKind, true>> = {
  encoder: true,
  fusion: true,
  head: true,
  loss: true,
  metric: true,
  optimizer: true,
  schedule: true,
  dataset: true,
};

const isComplete = (part: unknown): boolean => {
  const { kind, name, config, needs, provides, encoders, create } = (part ?? {}) as Partial<AnyDefinition>;
  return (
    kind !== undefined &&
    Object.hasOwn(kinds, kind) &&
    typeof name === 'string' &&
    [config?.parse, config?.safeParse].every((method) => typeof method === 'function') &&
    [config?.shape, needs, encoders].every((record) => typeof record === 'object' && record !== null) &&
    Array.isArray(provides) &&
    typeof create === 'function'
  );
};

/** What a CommonJS module exports stands under `default` when it is imported, and once more where it was an ES module. */
function commonExports(exports: Exports): Exports {
  const inner = exports['default'];
  const isModule = typeof inner === 'object' && inner !== null && !isPlugin(inner);
  return exports['plugin'] === undefined && isModule ? commonExports(inner as Exports) : exports;
}

const isPlugin = (value: unknown): value is Plugin =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Plugin>).name === 'string' &&
  Array.isArray((value as Partial<Plugin>).components);
