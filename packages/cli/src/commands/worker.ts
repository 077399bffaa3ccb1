import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';

/** `tessera worker`: what `compare --jobs` starts; not for people, so that the help leaves it out. */
export const workerCommand = (context: CommandContext): Command =>
  new Command('worker').action(async () => (await import('../verbs/worker.js')).runWorker(context));
