#!/usr/bin/env node
import module from 'node:module';
import { fileURLToPath } from 'node:url';

module.enableCompileCache?.(); // Node 22.1 and later keep what they compiled for the next start
const { main } = await import('../dist/esm/main.js');
process.exitCode = await main(process.argv.slice(2), { entry: fileURLToPath(import.meta.url) });
