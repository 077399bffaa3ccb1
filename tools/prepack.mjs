// Before a package is packed or published (`npm pack -w packages/core`): builds it with its declarations and puts the
// licence, which the repository holds once, beside its manifest, where npm takes it from.
import { copyFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

const tools = dirname(fileURLToPath(import.meta.url));
const packageFolder = resolve(process.argv[2] ?? '.');

// npm reads the names of the packed files from standard output: what the build says goes to standard error.
const { status } = spawnSync(process.execPath, [join(tools, 'build.mjs'), packageFolder, '--types'], {
  stdio: ['ignore', process.stderr, 'inherit'],
});
if (status !== 0) process.exit(status ?? 1);
copyFileSync(join(tools, '../LICENSE'), join(packageFolder, 'LICENSE'));
