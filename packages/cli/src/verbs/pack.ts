import { isPacked, packedEnding, packRun, RunFolder } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import { formatBytes } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { UsageError } from '../usageError.js';
import { shellWord } from './shellWord.js';

/** Flags of `tessera pack`. */
export interface PackFlags {
  readonly checkpoint?: 'best' | 'last';
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Puts a run into one file. */
export async function runPack(
  { terminal }: CommandContext,
  path: string,
  given: string | undefined,
  flags: PackFlags,
): Promise<void> {
  if (isPacked(path)) throw new UsageError(`${path}: must be a run folder, got a run that is packed already.`);
  const run = new RunFolder(path);
  const { name, status, history } = run.read();
  const file = given ?? `${name.replaceAll(/[\\/:]/g, '-')}${packedEnding}`;
  if (!file.endsWith(packedEnding) || file.length === packedEnding.length)
    throw new UsageError(`pack: the file must end in ${packedEnding}, got "${file}". Write model${packedEnding}.`);
  if (status !== 'finished')
    terminal.note(`${path}: training is not finished (${status}), packed as of epoch ${history.length}.`);
  const progress = new Progress(terminal);
  const bar = progress.bar('packing');
  let size: number;
  try {
    size = packRun(run, file, {
      ...flags,
      onProgress: (done, total) => bar.update(done, total, [{ text: formatBytes(done) }]),
    });
  } finally {
    progress.close();
  }
  if (flags.json) return terminal.printJson({ run: path, file, size });
  terminal.note(`Packed: ${file} (${formatBytes(size)})`, `Next: tessera predict ${shellWord(file)} …`);
}
