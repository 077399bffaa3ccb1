// The command's launcher from sources: what packages/cli/bin/tessera.js is to the build.
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

register('./typescriptHooks.mjs', import.meta.url);
const { main } = await import('@tessera/cli');
process.exitCode = await main(process.argv.slice(2), { entry: fileURLToPath(import.meta.url) });
