import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { DataProblems } from '../check/dataProblems.js';
import { forEachConcurrently } from '../forEachConcurrently.js';
import type { FileReference } from './sampleReader.js';

/** From this many files of one folder on, the folder is listed instead of asking for each: one call for thousands. */
const listFrom = 32;

/** Checks that files exist; each that does not is a problem with the row and field that name it. */
export async function checkReferencedFiles(
  references: readonly FileReference[],
  problems: DataProblems,
): Promise<void> {
  const byFolder = groupByFolder(references);
  const doubtful: FileReference[] = [];
  await forEachConcurrently([...byFolder], async ([folder, files]) => {
    const listed = files.length >= listFrom ? await listFiles(folder) : new Set<string>();
    doubtful.push(...files.filter(({ path }) => !listed.has(basename(path))));
  });
  const missing = new Map<FileReference, string>();
  await forEachConcurrently(doubtful, async (file) => {
    const fault = await faultOf(file.path);
    if (fault !== undefined) missing.set(file, fault);
  });
  // In the order of the rows, whatever order the answers came in.
  for (const file of references) {
    const fault = missing.get(file);
    if (fault === undefined) continue;
    problems.add(`${file.where}: must name a file that exists, got ${file.path}${fault}`, {
      advice: 'Paths start from the folder of the file that names them.',
    });
  }
}

function groupByFolder(references: readonly FileReference[]): Map<string, FileReference[]> {
  const groups = new Map<string, FileReference[]>();
  for (const file of references) {
    const folder = dirname(file.path);
    const group = groups.get(folder);
    if (group) group.push(file);
    else groups.set(folder, [file]);
  }
  return groups;
}

async function listFiles(folder: string): Promise<Set<string>> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
}

/** What is said after a path that names no file; undefined for one that does. */
const faultOf = (path: string): Promise<string | undefined> =>
  stat(path).then(
    (found) =>
      found.isFile() ? undefined : found.isDirectory() ? ', which is a folder' : ', which is a device or pipe',
    () => '',
  );
