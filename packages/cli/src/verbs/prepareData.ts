import {
  prepareDataset,
  type DropReason,
  type PicturePlacement,
  type PreparedDataset,
  type PreparedManifest,
  type SourceName,
} from '@tessera/data';
import { formatCount } from '@tessera/reports';
import type { CommandContext } from '../commandContext.js';
import { Progress } from '../terminal/progress.js';
import { renderTable } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

/** Flags of `tessera data mmimdb` and its like. */
export interface PrepareFlags {
  readonly from: string;
  readonly to: string;
  readonly pictures: PicturePlacement;
  readonly decode?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly dev?: number;
  readonly seed?: number;
  readonly hard?: string;
  readonly flickr?: string;
}

/** Prepares a downloaded dataset. */
export async function runPrepare(
  { terminal }: CommandContext,
  dataset: SourceName,
  flags: PrepareFlags,
): Promise<void> {
  const { json, ...options } = flags;
  const progress = new Progress(terminal);
  const bar = progress.bar(dataset);
  try {
    const prepared = await prepareDataset({
      ...options,
      dataset,
      onProgress: (done, total, stage) => bar.update(done, total, [{ text: stage }]),
    });
    progress.close();
    if (json) return terminal.printJson(prepared);
    printPrepared(terminal, prepared);
  } finally {
    progress.close();
  }
}

function printPrepared(terminal: Terminal, { folder, manifest }: PreparedDataset): void {
  const { counts, shared } = manifest;
  const rows = Object.entries(counts.rows).map(([split, count]) => `${formatCount(count)} ${split}`);
  terminal.print(
    `${folder}: ${rows.join(', ')} rows, ${formatCount(counts.labels)} labels, ${formatCount(counts.pictures)} pictures`,
  );
  const dropped = droppedRows(manifest);
  if (dropped.length === 0) terminal.print('no row left out');
  else {
    terminal.print(
      '',
      ...renderTable(
        [{ title: 'rows left out' }, ...splitsIn(manifest).map((title) => ({ title, align: 'right' as const }))],
        dropped,
        { style: terminal.style },
      ),
      '',
      `dropped.jsonl lists them, each with its place and what was found.`,
    );
  }
  for (const { splits, ids, pictures } of shared) {
    if (splits[1].startsWith(`${splits[0]}_hard`)) continue;
    terminal.note(
      `${splits.join(' and ')} have ${formatCount(ids)} ids and ${formatCount(pictures)} pictures in common.`,
    );
  }
}

/** Splits of the rows that were left out, in the order of the files, then others. */
function splitsIn({ counts, dropped }: PreparedManifest): string[] {
  const found = Object.values(dropped).flatMap((bySplit) => Object.keys(bySplit));
  return [...new Set([...Object.keys(counts.rows).filter((split) => found.includes(split)), ...found])];
}

function droppedRows(manifest: PreparedManifest): string[][] {
  const splits = splitsIn(manifest);
  return (Object.entries(manifest.dropped) as [DropReason, Record<string, number>][]).map(([reason, bySplit]) => [
    reason,
    ...splits.map((split) => (bySplit[split] === undefined ? '' : formatCount(bySplit[split]))),
  ]);
}
