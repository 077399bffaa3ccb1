// `npm run parity [-- DIR] [--backend NAME] [--json]`: builds what is out of date, then runs test/parity/main.ts.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';

// What it builds is said on stderr: with --json, stdout is the document.
const build = spawnSync(process.execPath, [fileURLToPath(new URL('build.mjs', import.meta.url))], {
  stdio: ['ignore', 2, 'inherit'],
});
if (build.status !== 0) process.exit(build.status ?? 1);

const { main } = await createJiti(import.meta.url).import('../test/parity/main.ts');
process.exitCode = await main(process.argv.slice(2));
