import type { SafetensorsFile } from '@tessera/weights/node';
import type { RunFolder } from './runFolder.js';

/**
 * The largest difference of a parameter between the models that two runs keep, 0 where all are equal.
 * @returns null where one has parameters that the other lacks or has in another shape, or values that are no numbers
 * @throws CheckpointError when a run has no checkpoint, or a damaged one
 */
export function parameterDifference(run: RunFolder, other: RunFolder): number | null {
  const files: SafetensorsFile[] = [];
  try {
    for (const folder of [run, other]) {
      const saved = folder.open();
      files.push(saved.openParameters());
      saved.close();
    }
    const [a, b] = files;
    return a && b ? largestDifference(a, b) : null;
  } finally {
    for (const file of files) file.close();
  }
}

function largestDifference(a: SafetensorsFile, b: SafetensorsFile): number | null {
  if (a.names.join('\n') !== b.names.join('\n')) return null;
  let largest = 0;
  for (const name of a.names) {
    const [before, again] = [a.read(name), b.read(name)];
    if (!before || !again || before.shape.join() !== again.shape.join()) return null;
    const [from, to] = [before.values, again.values];
    for (let i = 0; i < from.length; i++) {
      const difference = Math.abs((to[i] as number) - (from[i] as number));
      if (Number.isNaN(difference)) return null;
      if (difference > largest) largest = difference;
    }
  }
  return largest;
}
