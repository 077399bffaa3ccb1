import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a folder and those above it that are missing; one that is there is left as it is. Node's own recursive mkdir
 * never ends where the system answers ENOENT though the parent is there, as it does below /proc.
 * @throws the system's error, such as EACCES, ENOENT, or EEXIST where a file of that name is
 */
export function createFolder(folder: string): void {
  const path = resolve(folder);
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) createFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(path) || !statSync(path).isDirectory()) throw error;
  }
}
