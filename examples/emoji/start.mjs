// npm start: builds, prepares the emoji data, trains MMBT and its two unimodal baselines on a shortened schedule, prints
// the comparison and writes a report. With --full (npm run emoji): all six models, the whole recipe, three seeds.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const full = process.argv.includes('--full');
const startedAt = performance.now();

if (!existsSync(join(root, 'node_modules'))) {
  console.error('The packages are not installed. Run: npm ci');
  process.exit(2);
}
const build = spawnSync(process.execPath, [join(root, 'tools/build.mjs')], { stdio: 'inherit', cwd: root });
if (build.status !== 0) process.exit(build.status ?? 1);

const { main } = await import('@tessera/cli');
// The launcher, from which `compare` starts a process for each core.
const entry = fileURLToPath(new URL('bin/tessera.js', import.meta.resolve('@tessera/cli/package.json')));
const local = (...parts) => relative(process.cwd(), join(here, ...parts));
const models = full
  ? ['bow', 'text-only', 'image-only', 'concat-bow', 'concat-bert', 'mmbt']
  : ['image-only', 'text-only', 'mmbt'];
const folder = relative(process.cwd(), join(root, 'runs', full ? 'emoji' : 'emoji-quick'));
// The shortened schedule: the specs' own recipe pretrains the picture's tower for 40 epochs.
const shortened = ['image-only:training.epochs=20'];

const prepared = await main(['data', 'emoji', '--to', local('data')]);
const code =
  prepared ||
  (await main(
    [
      'compare',
      ...models.map((name) => local('specs', `${name}.yaml`)),
      ...['--to', folder, '--reference', 'mmbt'],
      ...(full ? ['--seeds', '3'] : ['--lead', '5', '--overwrite', ...shortened.flatMap((set) => ['--set', set])]),
    ],
    { entry },
  ));
console.log(`\nDone in ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
process.exitCode = code;
