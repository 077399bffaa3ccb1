// node tools/onNode.mjs VERSION COMMAND…: runs a command of this checkout's node_modules/.bin under another version of
// Node, taken from the npm package that carries its binary, such as `node tools/onNode.mjs 24 vitest run test/native`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

const [version, command, ...args] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(version ?? '') || !command) {
  console.error('onNode: give a version of Node and a command, such as: node tools/onNode.mjs 24 vitest run');
  process.exit(2);
}
const root = resolve(import.meta.dirname, '..');
const packageName = `node-${process.platform}-${process.arch}`;
const cache = join(process.env.XDG_CACHE_HOME ?? (homedir() ? join(homedir(), '.cache') : tmpdir()), 'tessera-tools');
const folder = join(cache, `node-${version}`);
const binary = join(folder, 'node_modules', packageName, 'bin', 'node');
if (!existsSync(binary)) {
  mkdirSync(folder, { recursive: true });
  const install = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--silent'];
  const { status } = spawnSync('npm', [...install, `${packageName}@${version}`], { stdio: ['ignore', 2, 'inherit'] });
  if (status !== 0) {
    console.error(`onNode: the npm package ${packageName}@${version} must install, got exit code ${status}.`);
    process.exit(1);
  }
}
// The script behind node_modules/.bin, so that no #! line chooses the Node that runs it.
const manifestOf = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
const { bin } = manifestOf(command);
const script = join(root, 'node_modules', command, typeof bin === 'string' ? bin : bin[command]);
const env = { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env.PATH}` };
process.exitCode = spawnSync(binary, [script, ...args], { cwd: root, env, stdio: 'inherit' }).status ?? 1;
