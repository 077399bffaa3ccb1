import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import { examples, withPluginOption } from './sharedOptions.js';

/** `tessera schema` */
export const schemaCommand = (context: CommandContext): Command =>
  withPluginOption(new Command('schema'))
    .description('Print the JSON Schema of specs, with all plugins in use, for editors.')
    .option('--output <file>', 'write it to a file')
    .addHelpText('after', examples('tessera schema --output tessera.schema.json'))
    .action(async (flags: { plugin: string[]; output?: string }) =>
      (await import('../verbs/listings.js')).runSchema(context, flags),
    );
