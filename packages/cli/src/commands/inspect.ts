import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { InspectFlags } from '../verbs/inspect.js';
import { examples, withJsonOption, withSetOption, withWorkbenchOptions } from './sharedOptions.js';

/** `tessera inspect SPEC|RUN` */
export const inspectCommand = (context: CommandContext): Command =>
  withJsonOption(withWorkbenchOptions(withSetOption(new Command('inspect'))))
    .description("Show a model's modules, shapes, parameters by group and a memory estimate.")
    .argument('<spec or run>', 'spec, run folder or packed run')
    .option('--all', 'list every parameter')
    .addHelpText(
      'after',
      examples('tessera inspect mmbt.yaml', 'tessera inspect runs/mmbt --all', 'tessera inspect mmbt.yaml --json'),
    )
    .action(async (path: string, flags: InspectFlags) =>
      (await import('../verbs/inspect.js')).runInspect(context, path, flags),
    );
