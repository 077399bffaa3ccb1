import { existsSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatNumberOf } from '@tessera/reports';
import { convertTensors, type ForeignTensors, type LayoutPlace, type LazyTensor } from '@tessera/weights';
import { writeSafetensors } from '@tessera/weights/node';
import type { CommandContext } from '../commandContext.js';
import { Progress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import { UsageError } from '../usageError.js';
import { openLocation } from './openLocation.js';

/** Flags that say where parts stand in a model. */
export interface PlaceFlags {
  readonly part?: string;
  readonly modality: string;
  readonly head: string;
}

/** Flags of `tessera weights convert`. */
export interface ConvertFlags extends PlaceFlags {
  readonly to: string;
  readonly layout?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** The place that flags name. */
export const placeOf = ({ part, modality, head }: PlaceFlags, path = ''): LayoutPlace => ({
  path: part ?? path,
  image: modality,
  classifier: `heads.${head}.output`,
});

/** Writes weights as safetensors. */
export async function runConvert({ terminal }: CommandContext, location: string, flags: ConvertFlags): Promise<void> {
  requireFree(flags.to, flags);
  const file = await openLocation(location, terminal);
  try {
    if (resolve(flags.to) === resolve(file.description))
      throw new UsageError(`--to: must be another file than the weights, got "${flags.to}". Give another.`);
    const conversion = { ...(flags.layout !== undefined && { to: flags.layout }), place: placeOf(flags) };
    const result = convertTensors(file, conversion);
    await writeTensors(terminal, flags.to, { tensors: result.tensors });
    report(terminal, { ...result, to: flags.to, json: flags.json === true });
  } finally {
    file.close();
  }
}

/** Throws UsageError where something is in the way. */
export function requireFree(path: string, { overwrite }: { readonly overwrite?: boolean }): void {
  if (overwrite || !existsSync(path)) return;
  throw new UsageError(`--to: must be a new place, got "${path}", which exists. Give another, or --overwrite.`);
}

/** Writes a file with a bar of its title; what was there stays until it is whole. Throws UsageError for no tensors. */
export async function writeTensors(
  terminal: Terminal,
  path: string,
  { tensors, title = path }: { readonly tensors: readonly LazyTensor[]; readonly title?: string },
): Promise<void> {
  if (tensors.length === 0) {
    throw new UsageError(
      'weights: none of the arrays has a name in the layout, got nothing to write. `tessera weights inspect --all` lists them; --part, --modality and --head say which is which.',
    );
  }
  const progress = new Progress(terminal);
  const bar = progress.bar(title);
  const partial = `${path}.partial-${process.pid}`;
  try {
    const counted = tensors.map((tensor, i) => ({
      ...tensor,
      values: () => {
        bar.update(i, tensors.length, [{ text: tensor.name, rank: 1 }]);
        return tensor.values();
      },
    }));
    await writeSafetensors(partial, counted, { format: 'pt' });
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
    progress.close();
  }
}

/** Says what was written, and which names found no place. */
export function report(
  terminal: Terminal,
  { tensors, unnamed, to, json, files = [] }: ForeignTensors & { to: string; json: boolean; files?: readonly string[] },
): void {
  if (json)
    return terminal.printJson({
      to,
      files,
      arrays: tensors.map(({ name, shape }) => ({ name, shape })),
      left: unnamed,
    });
  const beside = files.length > 0 ? `, beside it ${files.join(', ')}` : '';
  terminal.print(`${to}: ${formatNumberOf(tensors.length, 'array')}${beside}`);
  if (unnamed.length === 0) return;
  const shown = unnamed.slice(0, 5).join(', ') + (unnamed.length > 5 ? ', …' : '');
  terminal.print(`left out, as the layout has no name for them: ${formatNumberOf(unnamed.length, 'array')} (${shown})`);
}
