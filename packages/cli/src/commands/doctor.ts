import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import { examples, withJsonOption } from './sharedOptions.js';

/** `tessera doctor` */
export const doctorCommand = (context: CommandContext): Command =>
  withJsonOption(new Command('doctor'))
    .description('Say which backends are there, which one is chosen and why, and what machine this is.')
    .addHelpText('after', examples('tessera doctor', 'tessera doctor --json'))
    .action(async (flags: { json?: boolean }) => (await import('../verbs/listings.js')).runDoctor(context, flags));
