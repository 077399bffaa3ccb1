// PyTorch in a virtual environment of its own in the user's cache folder, made once for each set of versions.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFolder } from '@tessera/data';

const requirements = fileURLToPath(new URL('pytorch/requirements.txt', import.meta.url));

/** The interpreter of the environment, which is installed first where it is not there. */
export function pythonEnvironment() {
  const wanted = readFileSync(requirements, 'utf8');
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'tessera', `pytorch-${createHash('sha1').update(wanted).digest('hex').slice(0, 8)}`);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (!existsSync(join(folder, 'installed'))) install(folder, python, wanted);
  return python;
}

/** The versions in an interpreter's environment, in words; undefined where something is missing. */
export function versionsIn(python) {
  const names = readFileSync(requirements, 'utf8').match(/^\w+/gm);
  const script = `from importlib.metadata import version; print(", ".join(f"{n} {version(n)}" for n in ${JSON.stringify(names)}))`;
  const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function install(folder, python, wanted) {
  console.error(`bench: installing PyTorch into ${folder} (once; up to 6 GB, some minutes) …`);
  rmSync(folder, { recursive: true, force: true });
  createFolder(folder);
  run(process.env.PYTHON ?? 'python3', ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  // A build without CUDA is a tenth of the size; indexes that have one call it +cpu.
  const cpu = join(folder, 'cpu.txt');
  writeFileSync(cpu, wanted.replace(/^(torch(?:vision)?==\S+)$/gm, '$1+cpu'));
  if (spawnSync(python, [...pip, '-r', cpu]).status !== 0) run(python, [...pip, '-r', requirements]);
  writeFileSync(join(folder, 'installed.partial'), wanted);
  renameSync(join(folder, 'installed.partial'), join(folder, 'installed'));
}

function run(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return;
  console.error(
    `bench: PyTorch must be installable, got a failure of ${program} ${args.join(' ')}: ${error?.message ?? stderr.trim().split('\n').at(-1)}. ` +
      'Give an interpreter that has it with --python, or another Python 3.10 or newer with PYTHON.',
  );
  process.exit(2);
}
