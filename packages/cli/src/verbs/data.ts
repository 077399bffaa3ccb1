import { buildEmojiDataset, verifyDataset } from '@tessera/data';
import { formatCount } from '@tessera/reports';
import type { CommandContext } from '../commandContext.js';
import { exitCodes } from '../failure.js';
import { Progress } from '../terminal/progress.js';

/** Flags of `tessera data emoji`. */
export interface EmojiFlags {
  readonly pictures: 'google' | 'twitter';
  readonly language: string;
  readonly label: 'group' | 'subgroup';
  readonly keywords: number;
  readonly to: string;
  readonly from?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Builds the emoji dataset. */
export async function runEmoji({ terminal }: CommandContext, flags: EmojiFlags): Promise<void> {
  const progress = new Progress(terminal);
  const bar = progress.bar('emoji');
  try {
    const built = await buildEmojiDataset({
      ...flags,
      onProgress: (done, total, stage) => bar.update(done, total, [{ text: stage }]),
    });
    progress.close();
    if (flags.json) return terminal.printJson(built);
    const rows = Object.entries(built.rows).map(([split, count]) => `${formatCount(count)} ${split}`);
    const dropped = Object.entries(built.dropped).map(([reason, count]) => `${count} ${reason}`);
    terminal.print(
      `${built.folder}: ${built.reused ? 'there already and intact' : 'built'}, ${rows.join(', ')} rows, ${built.labels.length} labels`,
      `left out: ${dropped.join(', ')}`,
    );
  } finally {
    progress.close();
  }
}

/** Checks a dataset against its manifest. */
export async function runVerify(context: CommandContext, folder: string, flags: { json?: boolean }): Promise<void> {
  const { terminal } = context;
  const result = await verifyDataset(folder);
  if (!result.ok) context.exitCode = exitCodes.failed;
  if (flags.json) return terminal.printJson(result);
  terminal.print(`${folder}: ${result.ok ? 'intact' : 'not as built'}, ${formatCount(result.checked)} files checked`);
  for (const file of result.differing) terminal.print(`  differs: ${file}`);
  for (const file of result.missing) terminal.print(`  missing: ${file}`);
}
