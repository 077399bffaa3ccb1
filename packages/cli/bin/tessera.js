#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

if (!existsSync(fileURLToPath(new URL('../dist/esm/main.js', import.meta.url)))) {
  console.error('tessera: the packages of a clone must be built first, got no dist. Run npm run build there.');
  process.exit(2);
}
module.enableCompileCache?.(); // Node 22.1 and later keep what they compiled for the next start
const { main } = await import('../dist/esm/main.js');
process.exitCode = await main(process.argv.slice(2), { entry: fileURLToPath(import.meta.url) });
