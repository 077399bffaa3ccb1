import { InvalidArgumentError, Option, type Command } from 'commander';

/** An option that may be given several times. */
const repeatable = (flags: string, description: string): Option =>
  new Option(flags, `${description}; repeatable`)
    .default([], 'none')
    .argParser((value: string, previous: readonly string[]) => [...previous, value]);

/** Adds `--backend`, `--threads` and `--plugin`. */
export const withWorkbenchOptions = (command: Command): Command =>
  withPluginOption(
    command
      .option('--backend <name>', 'where to compute: native-gpu, webgpu, native, wasm, cpu or auto (TESSERA_BACKEND)')
      .option(
        '--threads <count>',
        'threads of native TensorFlow (default: all physical cores) and of wasm (default: 1); TESSERA_THREADS',
        wholeNumber(1),
      ),
  );

/** Adds `--plugin` alone. */
export const withPluginOption = (command: Command): Command =>
  command.addOption(repeatable('--plugin <module>', 'module that exports a plugin (default or named "plugin")'));

/** Adds `--set`. */
export const withSetOption = (command: Command): Command =>
  command.addOption(
    repeatable('--set <path=value>', 'replace a value of the spec, read as YAML; null takes the key away'),
  );

/** Adds `--json`. */
export const withJsonOption = (command: Command): Command =>
  command.option('--json', 'print the result as JSON on the standard output, everything else on the standard error');

/** Reads a folder's path. An empty one, such as that of an unset variable, would be the working folder. */
export const folderPath = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
};

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

/** Reads a number of at least 0. */
export const nonNegative = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
};

/** Examples for the end of a help text. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
