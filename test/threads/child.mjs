// A process that computes on three threads of wasm, from sources.
import { register } from 'node:module';

register('../launcher/typescriptHooks.mjs', import.meta.url);
const { openBackend } = await import('@tessera/backends');
const { reason } = await openBackend({ backend: 'wasm', threads: 3 });
const { hashes } = await import('./step.ts');
console.log(JSON.stringify({ reason, hashes: hashes() }));
