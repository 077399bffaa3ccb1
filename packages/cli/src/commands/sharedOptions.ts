import { InvalidArgumentError, type Command } from 'commander';

/** Options of every command that opens a workbench. */
export interface WorkbenchFlags {
  readonly backend?: string;
  /** Modules with plugins beside the built-in ones. */
  readonly plugin: readonly string[];
}

/** Options of every command that reads a spec. */
export interface SpecFlags {
  /** `path=value` or `name:path=value`. */
  readonly set: readonly string[];
}

const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

/** Adds `--backend` and `--plugin`. */
export const withWorkbenchOptions = (command: Command): Command =>
  command
    .option('--backend <name>', 'where to compute: native-gpu, webgpu, native, wasm, cpu or auto (TESSERA_BACKEND)')
    .option('--plugin <module>', 'module that exports a plugin (default or named "plugin"); repeatable', collect, []);

/** Adds `--plugin` alone. */
export const withPluginOption = (command: Command): Command =>
  command.option(
    '--plugin <module>',
    'module that exports a plugin (default or named "plugin"); repeatable',
    collect,
    [],
  );

/** Adds `--set`. */
export const withSetOption = (command: Command): Command =>
  command.option('--set <path=value>', 'replace a value of the spec, read as YAML; repeatable', collect, []);

/** Adds `--json`. */
export const withJsonOption = (command: Command): Command =>
  command.option('--json', 'print the result as JSON on the standard output, everything else on the standard error');

/** Reads a whole number of at least `minimum`. */
export const wholeNumber =
  (minimum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum) {
      throw new InvalidArgumentError(`It must be a whole number of at least ${minimum}.`);
    }
    return value;
  };

/** Examples for the end of a help text. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
