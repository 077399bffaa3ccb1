import { Command } from 'commander';
import type { CommandContext } from '../commandContext.js';
import type { InstallFlags } from '../verbs/backend.js';
import { examples, withJsonOption } from './sharedOptions.js';

/** `tessera backend …` */
export function backendCommand(context: CommandContext): Command {
  const backend = new Command('backend')
    .description('Install native TensorFlow, list and remove what is installed.')
    .addHelpText('after', examples('tessera backend install', 'tessera backend list'));
  backend
    .addCommand(
      withJsonOption(new Command('install'))
        .description(
          'Provide native TensorFlow for this machine: take its library, compile the binding, check it with a training step.',
        )
        .option('--gpu', 'the build for NVIDIA GPUs, with the CUDA libraries that the system lacks')
        .option('--from-python <python>', 'take TensorFlow from the environment of a Python interpreter')
        .option('--wheel <file>', 'take TensorFlow from a wheel file of its Python package')
        .option('--tensorflow <version>', "version of TensorFlow (default: the one that Tessera's tests run on)")
        .option('--index <url>', 'Python package index to download from (default: that of pip or uv)')
        .option('--force', 'build anew what is there')
        .addHelpText(
          'after',
          examples(
            'tessera backend install',
            'tessera backend install --gpu',
            'tessera backend install --from-python venv/bin/python',
            'tessera backend install --wheel tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl',
          ),
        )
        .action(async (flags: InstallFlags) => (await import('../verbs/backend.js')).runInstall(context, flags)),
    )
    .addCommand(
      withJsonOption(new Command('list'))
        .description('List what is installed, what of it this version uses, and what is broken.')
        .addHelpText('after', examples('tessera backend list', 'tessera backend list --json'))
        .action(async (flags: { json?: boolean }) => (await import('../verbs/backend.js')).runList(context, flags)),
    )
    .addCommand(
      withJsonOption(new Command('remove'))
        .description('Remove installations: those named, or all with what broken-off downloads left.')
        .argument('[which...]', 'versions of TensorFlow, or names or folders from `tessera backend list`')
        .option('--unused', 'only what this version of Tessera does not use, and what is broken')
        .addHelpText('after', examples('tessera backend remove 2.19.1', 'tessera backend remove --unused'))
        .action(async (which: string[], flags: { unused?: boolean; json?: boolean }) =>
          (await import('../verbs/backend.js')).runRemove(context, which, flags),
        ),
    );
  return backend;
}
