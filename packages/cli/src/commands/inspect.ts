import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import {
  examples,
  withJsonOption,
  withSetOption,
  withWorkbenchOptions,
  type SpecFlags,
  type WorkbenchFlags,
} from './sharedOptions.js';

/** Flags of `tessera inspect`. */
export interface InspectFlags extends WorkbenchFlags, SpecFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

/** `tessera inspect SPEC|RUN` */
export const inspectCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(withSetOption(new Command('inspect'))))
    .description("Show a model's modules, shapes, parameters by group and a memory estimate.")
    .argument('<spec or run>', 'spec or run folder')
    .option('--all', 'list every parameter')
    .addHelpText(
      'after',
      examples('tessera inspect mmbt.yaml', 'tessera inspect runs/mmbt --all', 'tessera inspect mmbt.yaml --json'),
    )
    .action(async (path: string, flags: InspectFlags) =>
      (await import('../verbs/inspect.js')).runInspect(context, path, flags),
    );
