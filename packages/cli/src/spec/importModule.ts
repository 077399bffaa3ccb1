import { resolve } from 'node:path';
import { SpecError } from '@tessera/core';

type Exports = Readonly<Record<string, unknown>>;

/**
 * Imports a TypeScript or JavaScript module by path, or an installed package by name.
 * @throws SpecError when it cannot be loaded: syntax, a missing import, an error while it runs.
 */
export async function importModule(specifier: string, base = process.cwd()): Promise<Exports> {
  const { createJiti } = await import('jiti');
  const isPath = /^[./\\~]|^[A-Za-z]:|\.[cm]?[jt]s$/.test(specifier);
  try {
    const jiti = createJiti(resolve(base, 'tessera.js'), { interopDefault: false });
    return await jiti.import<Exports>(isPath ? resolve(base, specifier) : specifier);
  } catch (error) {
    const { name, message } = error as Error;
    const reason = message.split('\n')[0]?.replace(/\.$/, '') ?? name;
    throw new SpecError(`${specifier}: the module cannot be loaded, ${name}: ${reason}. Mend it or check the path.`, {
      cause: error,
    });
  }
}

/** The export named `name`, or the default one. Throws SpecError that lists what is exported instead. */
export function pickExport(exports: Exports, name: string, specifier: string): unknown {
  const value = exports[name] ?? exports['default'];
  if (value !== undefined) return value;
  const given = Object.keys(exports).filter((key) => key !== '__esModule');
  throw new SpecError(
    `${specifier}: the module must export a ${name}, as default or by the name "${name}", got ${given.join(', ') || 'no export'}. ` +
      `Write: export default { … }.`,
  );
}
