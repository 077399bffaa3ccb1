import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SpecError } from '@tessera/core';

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/** What Node runs by itself; TypeScript goes through jiti, since Node 20 runs none. */
const isJavaScript = /\.[cm]?js$/;

/** Whether a specifier is the path of a module, as opposed to a package's name. */
export const isModulePath = (specifier: string): boolean => /^[./\\~]|^[A-Za-z]:|\.[cm]?[jt]s$/.test(specifier);

/**
 * Imports a TypeScript or JavaScript module by path, or an installed package by name. A JavaScript file by
 * absolute path is imported by Node itself.
 * @param name - what messages call it
 * @throws SpecError when it cannot be loaded: syntax, a missing import, an error while it runs.
 */
export async function importModule(specifier: string, base = process.cwd(), name = specifier): Promise<Exports> {
  try {
    if (isAbsolute(specifier) && isJavaScript.test(specifier))
      return (await import(pathToFileURL(specifier).href)) as Exports;
    const { createJiti } = await import('jiti');
    const jiti = createJiti(resolve(base, 'tessera.js'), { interopDefault: false });
    return await jiti.import<Exports>(isModulePath(specifier) ? resolve(base, specifier) : specifier);
  } catch (error) {
    throw new SpecError(`${name}: the module cannot be loaded, ${describeFault(error, specifier)}`, {
      cause: error,
    });
  }
}

/** What is wrong with a module, and what to do. */
function describeFault(error: unknown, specifier: string): string {
  const { name, message } = error instanceof Error ? error : { name: 'it throws', message: String(error) };
  const [first = '', second = ''] = message.split('\n');
  const reason = first.trim().replace(/\.$/, '');
  const missing = /^Cannot find (?:module|package) '([^'./][^']*)'/.exec(reason)?.[1];
  if (missing === specifier) return `it is not installed. Run: npm install ${missing}`;
  if (missing !== undefined)
    return `it imports "${missing}", which is not installed there. Run: npm install ${missing}`;
  const place = /:(\d+):(\d+)$/.exec(second.trim());
  if (reason.startsWith('ParseError') && place)
    return `line ${place[1] ?? ''}, column ${Number(place[2]) + 1}: ${reason.replace(/^ParseError: /, '')}. Mend its syntax.`;
  return `${name}: ${reason}. Mend it or check the path.`;
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
