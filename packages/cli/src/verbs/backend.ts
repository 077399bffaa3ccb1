import { installNative, listInstalls } from '@tessera/backends/node';
import type { CommandContext } from '../commandContext.js';
import { formatBytes } from '../terminal/format.js';
import { Progress } from '../terminal/progress.js';
import { renderTable } from '../terminal/table.js';

/** Flags of `tessera backend install`. */
export interface InstallFlags {
  readonly gpu?: boolean;
  readonly wheel?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Installs native TensorFlow. */
export async function runInstall({ terminal }: CommandContext, flags: InstallFlags): Promise<void> {
  const progress = new Progress(terminal);
  const bar = progress.bar('install');
  try {
    const result = await installNative({
      ...flags,
      onStep: (step) => progress.log(step),
      onProgress: (step, done, total, unit) =>
        bar.update(done, total, [
          { text: step },
          { text: unit === 'bytes' ? `${formatBytes(done)} of ${formatBytes(total)}` : `${done} of ${total}`, rank: 1 },
        ]),
    });
    progress.close();
    if (flags.json) return terminal.printJson(result);
    const { install, reused } = result;
    terminal.print(
      `TensorFlow ${install.tensorflow} (${install.variant}): ${reused ? 'there already' : 'installed'}, ${install.folder}`,
    );
  } finally {
    progress.close();
  }
}

/** Lists installations. */
export async function runList({ terminal }: CommandContext, flags: { json?: boolean }): Promise<void> {
  const found = listInstalls();
  if (flags.json) return terminal.printJson(found);
  terminal.print(
    ...renderTable(
      [{ title: 'TensorFlow' }, { title: 'build' }, { title: 'from' }, { title: 'folder' }],
      found.installs.map(({ tensorflow, variant, origin, folder }) => [tensorflow, variant, origin, folder]),
      { style: terminal.style, columns: terminal.resultColumns },
    ),
    ...found.broken.map(({ folder, problem }) => `broken: ${folder} (${problem})`),
  );
}
