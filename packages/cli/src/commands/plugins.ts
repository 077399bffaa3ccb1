import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import { examples, withJsonOption, withPluginOption } from './sharedOptions.js';

/** `tessera plugins` */
export const pluginsCommand = (context: CommandContext): Command =>
  withJsonOption(withPluginOption(new Command('plugins')))
    .description('List every part that a spec may name: kind, name, plugin, options with their defaults.')
    .addHelpText('after', examples('tessera plugins', 'tessera plugins --json'))
    .action(async (flags: { plugin: string[]; json?: boolean }) =>
      (await import('../verbs/listings.js')).runPlugins(context, flags),
    );
