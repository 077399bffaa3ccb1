import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import { examples, withJsonOption, withPluginOption } from './sharedOptions.js';

/** `tessera plugins` */
export const pluginsCommand = (context: CommandContext): Command =>
  withJsonOption(withPluginOption(new Command('plugins')))
    .description(
      'List plugins, built in and installed, with version and origin, and every part that a spec may name; with --json also options and defaults.',
    )
    .addHelpText('after', examples('tessera plugins', 'tessera plugins --json'))
    .action(async (flags: { plugin: string[]; json?: boolean }) =>
      (await import('../verbs/listings.js')).runPlugins(context, flags),
    );
