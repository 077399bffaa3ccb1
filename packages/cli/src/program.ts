import { Command } from 'commander';
import type { CommandContext } from './commandContext.js';
import { backendCommand } from './commands/backend.js';
import { compareCommand } from './commands/compare.js';
import { dataCommand } from './commands/data.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { explainCommand } from './commands/explain.js';
import { growCommand } from './commands/grow.js';
import { initCommand } from './commands/init.js';
import { inspectCommand } from './commands/inspect.js';
import { packCommand } from './commands/pack.js';
import { pluginCommand } from './commands/plugin.js';
import { pluginsCommand } from './commands/plugins.js';
import { predictCommand } from './commands/predict.js';
import { reproduceCommand } from './commands/reproduce.js';
import { schemaCommand } from './commands/schema.js';
import { trainCommand } from './commands/train.js';
import { weightsCommand } from './commands/weights.js';
import { workerCommand } from './commands/worker.js';
import { examples } from './commands/sharedOptions.js';
import { version } from './version.js';

/** The `tessera` command with all its verbs. Nothing is loaded beyond what parsing needs. */
export function createProgram(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command('tessera')
    .description('Multimodal models composed from plugins by a declarative spec: train, compare, explain, predict.')
    .version(version, '-V, --version', 'print the version')
    .helpCommand('help [verb]', 'print the help of a verb')
    .addHelpText(
      'after',
      examples('tessera init my-model', 'tessera train my-model/spec.yaml', 'tessera evaluate runs/my-model') +
        '\n\nExit codes: 0 done, 1 a check that did not hold or a defect, 2 a mistake in what was given, 130 interrupted.' +
        '\nTESSERA_BACKEND chooses the backend, NO_COLOR turns colours off, TESSERA_DEBUG=1 prints stack traces.',
    );
  const verbs = [
    initCommand,
    trainCommand,
    evaluateCommand,
    predictCommand,
    compareCommand,
    reproduceCommand,
    packCommand,
    growCommand,
    explainCommand,
    inspectCommand,
    dataCommand,
    weightsCommand,
    schemaCommand,
    pluginsCommand,
    pluginCommand,
    doctorCommand,
    backendCommand,
  ].map((create) => create(context));
  for (const verb of verbs) program.addCommand(verb);
  program.addCommand(workerCommand(context), { hidden: true });
  for (const command of [program, ...program.commands.flatMap((verb) => [verb, ...verb.commands])]) {
    command
      .exitOverride()
      .showHelpAfterError('(--help says more)')
      .configureOutput({
        writeOut: (text) => terminal.streams.stdout.write(text),
        writeErr: (text) => terminal.streams.stderr.write(text),
        getOutHelpWidth: () => terminal.streams.stdout.columns ?? 100,
        getErrHelpWidth: () => terminal.columns,
      });
  }
  return program;
}
