import {
  installNative,
  listInstalls,
  nativeCache,
  removeInstalls,
  usableInstalls,
  type InstallOptions,
} from '@tessera/backends/node';
import type { CommandContext } from '../commandContext.js';
import { formatBytes } from '../terminal/format.js';
import { Progress, type ProgressBar } from '../terminal/progress.js';
import { renderTable } from '../terminal/table.js';

/** Flags of `tessera backend install`. */
export interface InstallFlags extends Pick<
  InstallOptions,
  'gpu' | 'wheel' | 'fromPython' | 'tensorflow' | 'index' | 'force'
> {
  readonly json?: boolean;
}

/** Installs native TensorFlow. */
export async function runInstall({ terminal }: CommandContext, flags: InstallFlags): Promise<void> {
  const progress = new Progress(terminal);
  let bar: ProgressBar | undefined;
  try {
    const result = await installNative({
      ...flags,
      onStep: (step) => {
        bar?.finish();
        bar = undefined;
        progress.log(step);
      },
      onProgress: (step, done, total, unit) => {
        bar ??= progress.bar(step);
        bar.update(done, total, [{ text: unit === 'bytes' ? bytesOf(done, total) : `${done} of ${total}` }]);
      },
    });
    progress.close();
    if (flags.json) return terminal.printJson(result);
    const { install, reused, noGpu } = result;
    terminal.print(
      `TensorFlow ${install.tensorflow} (${install.variant}): ${reused ? 'there already' : 'installed and checked'}, ${install.folder}`,
    );
    if (noGpu !== undefined)
      terminal.note(`${terminal.noteStyle.yellow('warning:')} it computes on the CPU: ${noGpu}.`);
  } finally {
    progress.close();
  }
}

const bytesOf = (done: number, total: number): string =>
  total > 0 ? `${formatBytes(done)} of ${formatBytes(total)}` : formatBytes(done);

/** Lists installations. */
export async function runList({ terminal }: CommandContext, flags: { json?: boolean }): Promise<void> {
  const { installs, broken } = listInstalls();
  const isUsable = await usableInstalls();
  const described = installs.map((install) => ({ ...install, usable: isUsable(install) }));
  if (flags.json) return terminal.printJson({ cache: nativeCache(), installs: described, broken });
  if (described.length + broken.length === 0) {
    return terminal.print(`Nothing is installed in ${nativeCache()}.`, 'tessera backend install provides TensorFlow.');
  }
  const rows = [
    ...described.map(({ tensorflow, variant, usable, installedAt, origin, folder }) => [
      tensorflow,
      variant,
      usable ? 'usable' : 'of another version of Tessera',
      installedAt.slice(0, 10),
      origin,
      folder,
    ]),
    ...broken.map(({ folder, problem }) => ['', '', `broken: ${problem}`, '', '', folder]),
  ];
  const titles = ['TensorFlow', 'build', 'state', 'installed', 'from', 'folder'];
  terminal.print(
    ...renderTable(
      titles.map((title) => ({ title })),
      rows,
      { style: terminal.style, columns: terminal.resultColumns },
    ),
  );
  if (rows.some(([, , state]) => state !== 'usable')) {
    terminal.note('', 'tessera backend remove --unused removes what is not usable.');
  }
}

/** Removes installations. */
export async function runRemove(
  { terminal }: CommandContext,
  which: readonly string[],
  flags: { unused?: boolean; json?: boolean },
): Promise<void> {
  const removed = await removeInstalls({ which, ...(flags.unused && { unused: true }) });
  if (flags.json) return terminal.printJson({ removed });
  if (removed.length === 0) return terminal.print('There was nothing to remove.');
  for (const folder of removed) terminal.print(`removed: ${folder}`);
}
