import type { Plugin } from './definition.js';
import { token } from './token.js';

/** A plugin and where it is from. */
export interface PluginOrigin {
  /** The package's name, or the module's path as it was given. */
  readonly name: string;
  /** Of the package; undefined for a module. */
  readonly version?: string;
  /** Folder or file. */
  readonly origin: string;
}

/** A plugin that was loaded. */
export interface LoadedPlugin extends PluginOrigin {
  /** What `plugins` of a saved spec names it by: the package's name, or the module's absolute path. */
  readonly specifier: string;
  readonly plugin: Plugin;
}

/** An installed plugin that cannot be used, and why. */
export interface BrokenPlugin extends PluginOrigin {
  readonly fault: string;
}

/** Finds and loads plugins; on Node, `createWorkbench` of the package `tessera` binds one. */
export interface PluginLoader {
  /** Loads packages by name and modules by path, from a folder. Throws SpecError for one that cannot be used. */
  load(specifiers: readonly string[], baseFolder: string): Promise<readonly LoadedPlugin[]>;
  /** Loads every plugin that is installed where a folder, or this program, looks for packages. */
  loadInstalled(baseFolder: string): Promise<readonly (LoadedPlugin | BrokenPlugin)[]>;
}

/** Token of the {@link PluginLoader}. */
export const pluginLoader = token<PluginLoader>('tessera.PluginLoader', 'a loader of plugins');
