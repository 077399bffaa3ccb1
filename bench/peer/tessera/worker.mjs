// Measures one piece of work in Tessera: node worker.mjs JOB.json. The last line printed is a JSON object as that of
// ../pytorch/worker.py. A module of a kind imports what a user's program for that work would.
import { readFileSync } from 'node:fs';
import { peakBytes } from '../../measure.mjs';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { measure } = await import(`./${job.kind}.mjs`);
const found = await measure(job);
console.log(JSON.stringify({ ...found, peakBytes: peakBytes() }));
process.exit(0); // a backend's threads need not be waited for
