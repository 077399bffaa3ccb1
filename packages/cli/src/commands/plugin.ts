import { Command, Option } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { NewPluginFlags } from '../verbs/newPlugin.js';
import { examples } from './sharedOptions.js';

/** `tessera plugin new` */
export function pluginCommand(context: CommandContext): Command {
  const create = new Command('new')
    .description('Write a package with a part of your own: code with types, its contract test, a README.')
    .argument('<name>', 'name of the package, and of its folder: tessera-plugin-sensor has the part sensor')
    .addOption(
      new Option('--kind <kind>', 'what it adds')
        .choices(['encoder', 'fusion', 'head', 'loss', 'dataset'])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--language <language>', 'of its code').choices(['typescript', 'javascript']).default('typescript'),
    )
    .addOption(new Option('--module <format>', 'of its code as it is run').choices(['esm', 'commonjs']).default('esm'))
    .addHelpText(
      'after',
      examples(
        'tessera plugin new tessera-plugin-sensor --kind encoder',
        'tessera plugin new tessera-plugin-huber --kind loss --language javascript --module commonjs',
      ),
    )
    .action(async (name: string, flags: NewPluginFlags) =>
      (await import('../verbs/newPlugin.js')).runNewPlugin(context, name, flags),
    );
  return new Command('plugin')
    .description('Write a plugin.')
    .addHelpText('after', examples('tessera plugin new tessera-plugin-sensor --kind encoder'))
    .addCommand(create);
}
