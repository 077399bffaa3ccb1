// `npm run notebooks [-- FILE…]` executes the example notebooks from top to bottom as a user of tslab would, and ends
// with `N passed, N failed`. Needs Python 3 with venv (PYTHON names another interpreter); Jupyter's runner and tslab are
// installed once into .cache/notebooks. Executed copies, with their outputs, lie in .cache/notebooks/executed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'examples/notebooks');
const cache = join(root, '.cache/notebooks');
const executed = join(cache, 'executed');
const bin = join(cache, 'venv', process.platform === 'win32' ? 'Scripts' : 'bin');
const tslabVersion = '1.0.22';

/** Runs a program; what it prints is shown only if it fails. */
function run(what, program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', cwd: root, ...options });
  if (status === 0) return;
  console.error(
    `notebooks: ${what} failed: ${program} ${args.join(' ')}\n${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`,
  );
  process.exit(1);
}

/** Jupyter's runner in an environment of its own, once for each state of requirements.txt. */
function installRunner() {
  const requirements = readFileSync(join(folder, 'requirements.txt'), 'utf8');
  const stamp = join(cache, 'venv', 'installed.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === requirements) return;
  console.log('installing nbconvert into .cache/notebooks …');
  run('creating a Python environment', process.env.PYTHON ?? 'python3', ['-m', 'venv', join(cache, 'venv')]);
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    join(folder, 'requirements.txt'),
  ];
  run('installing nbconvert', join(bin, 'python'), pip);
  writeFileSync(stamp, requirements);
}

/** tslab and its kernel's description; its only native part (zeromq) comes compiled. */
function installKernel() {
  const entry = join(cache, 'node_modules/tslab/package.json');
  if (!existsSync(entry) || JSON.parse(readFileSync(entry, 'utf8')).version !== tslabVersion) {
    console.log('installing tslab into .cache/notebooks …');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const args = ['install', '--prefix', cache, '--ignore-scripts', '--no-save', `tslab@${tslabVersion}`];
    run('installing tslab', npm, args, { cwd: cache });
  }
  const kernel = join(cache, 'share/jupyter/kernels/tslab');
  mkdirSync(kernel, { recursive: true });
  const script = join(cache, 'node_modules/.bin/tslab');
  const argv = [process.execPath, script, 'kernel', '--config-path', '{connection_file}'];
  writeFileSync(
    join(kernel, 'kernel.json'),
    JSON.stringify({ argv, display_name: 'TypeScript', language: 'typescript' }),
  );
}

/** Executes one notebook; says what was wrong with it, if anything. */
function execute(file) {
  const args = ['nbconvert', '--to', 'notebook', '--execute', '--output-dir', executed, file];
  const env = { ...process.env, JUPYTER_PATH: join(cache, 'share/jupyter'), PATH: `${bin}:${process.env.PATH ?? ''}` };
  const { status, stderr, error } = spawnSync(join(bin, 'jupyter'), args, { encoding: 'utf8', cwd: folder, env });
  if (status !== 0) return error?.message ?? stderr.trim();
  const { cells } = JSON.parse(readFileSync(join(executed, basename(file)), 'utf8'));
  const outputs = cells.flatMap((cell) => cell.outputs ?? []);
  const complaint = outputs.find((output) => output.output_type === 'error' || output.name === 'stderr');
  if (complaint) return `a cell printed an error: ${[complaint.text ?? complaint.traceback].flat().join('')}`;
  const pictures = outputs.filter(({ data }) => /<svg|<img/.test([data?.['text/html'] ?? ''].flat().join('')));
  return pictures.length ? undefined : 'no cell showed a picture, and each notebook shows one';
}

mkdirSync(executed, { recursive: true });
installRunner();
installKernel();
// tslab checks cells against the packages' declarations.
run('the build', process.execPath, [join(root, 'tools/build.mjs'), '--types']);

const named = process.argv.slice(2).map((file) => resolve(file));
const files = named.length
  ? named
  : readdirSync(folder)
      .filter((name) => name.endsWith('.ipynb'))
      .map((name) => join(folder, name));
let failed = 0;
for (const file of files) {
  const startedAt = performance.now();
  const fault = execute(file);
  if (fault !== undefined) failed += 1;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(
    `${fault === undefined ? '✓' : '✗'} ${basename(file)}  ${seconds} s${fault === undefined ? '' : `\n${fault}`}`,
  );
}
console.log(`${files.length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
