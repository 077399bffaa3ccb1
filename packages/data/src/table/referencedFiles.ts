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
  const missing = new Set<FileReference>();
  await forEachConcurrently(doubtful, async (file) => {
    if (!(await isFile(file.path))) missing.add(file);
  });
  // In the order of the rows, whatever order the answers came in.
  for (const file of references) {
    if (!missing.has(file)) continue;
    problems.add(`${file.where}: must name a file that exists, got ${file.path}`, {
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

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
