// What of TensorFlow's Python package an installation holds: two libraries and all headers.
import { cpSync, existsSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The libraries that an installation holds. */
export const tensorflowLibraries: readonly string[] = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** The place in an installation of a file of the wheel, or of the installed package; undefined for what is not needed. */
export function tensorflowPlace(name: string): string | undefined {
  const [top, ...rest] = name.split('/');
  if (top !== 'tensorflow') return undefined;
  const file = rest.join('/');
  if (tensorflowLibraries.includes(file)) return `lib/${file}`;
  return rest[0] === 'include' ? file : undefined;
}

/** Puts the files of a folder below another one: hard links where the disk allows, since they are large, else copies. */
export function linkFolder(from: string, to: string): void {
  for (const name of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (name.isDirectory()) continue;
    const source = join(name.parentPath, name.name);
    linkFile(source, join(to, source.slice(from.length + 1)));
  }
}

/** As `linkFolder`, for one file. */
export function linkFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  if (existsSync(to)) return;
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to, { dereference: true });
  }
}
