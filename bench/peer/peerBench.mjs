// npm run bench -- --peer [--rows a,b] [--backend NAME] [--threads 2] [--rounds 3] [--python PYTHON] [--quick] [--json FILE]
// The same work here and in PyTorch on this machine, A B A B …, each run in a process of its own; ratios are ours / PyTorch,
// below 1 is better. PyTorch's side is the fastest of its ways, found by one run of each before the rounds.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, median } from '../measure.mjs';
import { temporaryFolder } from '../temporaryFolder.mjs';
import { textOf, writePictures, writeVocabulary } from './inputs.mjs';
import { printRows, rowsOf } from './peerRows.mjs';
import { pythonEnvironment, versionsIn } from './pythonEnvironment.mjs';
import { runJob } from './sides.mjs';
import { sizes, wasmBars, worksOf } from './works.mjs';

const mistake = (message) => {
  console.error(`bench --peer: ${message}`);
  process.exit(2);
};

/** Measures and prints what the arguments ask for. */
export async function peerBench(args) {
  const options = readOptions(args);
  const python = options.python ?? pythonEnvironment();
  const versions = versionsIn(python);
  if (!versions) mistake(`--python must name an interpreter with what pytorch/requirements.txt lists, got ${python}.`);
  const folder = temporaryFolder();
  const bench = { options, folder, python, versions: new Set() };
  const rows = [];
  for (const work of options.works) rows.push(...(await measureWork(work, bench)));
  const about = [machine(), versions, ...bench.versions, `${options.rounds} rounds, medians`].join('; ');
  console.log(`${about}\n`);
  printRows(rows);
  if (options.json) writeFileSync(options.json, JSON.stringify({ about, rows }, undefined, 1));
}

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: 'string' },
      backend: { type: 'string' },
      threads: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      python: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const count = (name, value) => {
    const number = Number(value);
    return Number.isInteger(number) && number >= 1 ? number : mistake(`--${name} must be 1 or more, got ${value}.`);
  };
  const works = worksOf(values.quick ? sizes.quick : sizes.full);
  const names = values.rows?.split(',') ?? Object.keys(works);
  const unknown = names.find((name) => !(name in works));
  if (unknown !== undefined) mistake(`--rows: unknown row "${unknown}". Known: ${Object.keys(works).join(', ')}.`);
  const threads = count('threads', values.threads ?? (values.backend === 'wasm' ? '1' : '2'));
  const ownBars = values.backend === 'wasm' && wasmBars;
  const chosen = names.map((name) => ({ ...works[name], ...ownBars }));
  return { ...values, threads, rounds: count('rounds', values.rounds), works: chosen };
}

/** One or more rows of the table for a work: the fastest way of PyTorch's first, then the rounds. */
async function measureWork(work, bench) {
  const { backend, threads, rounds } = bench.options;
  console.error(work.work);
  const job = { ...work.job, threads, ...(backend && { backend }), ...(await inputsOf(work.job, bench)) };
  const { variant, tried } = await fastestVariant(work, job, bench);
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    const ours = await run('ours', job, bench);
    const peer = await run('peer', { ...job, variant }, bench);
    if (ours.failure ?? peer.failure) return [failedRow(work, bench, ours, peer)];
    measured.push({ ours, peer });
    const [our, their] = [median(ours.ms), median(peer.ms)];
    console.error(
      `  round ${round + 1}: ${our.toFixed(1)} ms beside ${their.toFixed(1)} ms, ${(our / their).toFixed(2)}`,
    );
  }
  return rowsOf(work, measured, { backend: backendOf(measured[0].ours), threads, variant: variant.join(' '), tried });
}

async function fastestVariant({ variants }, job, bench) {
  const tried = {};
  const failures = [];
  for (const variant of variants.length > 1 ? variants : []) {
    const found = await run('peer', { ...job, variant }, bench);
    if (found.failure) failures.push(found.failure);
    else tried[variant.join(' ')] = median(found.ms);
    console.error(`  PyTorch, ${variant.join(' ')}: ${found.failure ?? `${median(found.ms).toFixed(1)} ms`}`);
  }
  const [best] = variants.toSorted((a, b) => (tried[a.join(' ')] ?? Infinity) - (tried[b.join(' ')] ?? Infinity));
  if (failures.length === variants.length) mistake(`PyTorch must run, got: ${failures[0]}`);
  return { variant: best, tried };
}

async function run(side, job, bench) {
  const found = await runJob(side, job, bench);
  if (found.versions && !job.kind.startsWith('save')) bench.versions.add(found.versions);
  return found;
}

function failedRow({ work, timeBar, memoryBar }, { options }, ours, peer) {
  const [side, failure] = ours.failure ? ['Tessera', ours.failure] : ['PyTorch', peer.failure];
  console.error(`  ${side} failed: ${failure}`);
  return {
    work,
    backend: options.backend,
    threads: options.threads,
    failure: `${side}: ${failure}`,
    timeBar,
    memoryBar,
  };
}

const backendOf = ({ versions }) => /^Tessera, ([^:]+)/.exec(versions)?.[1];

/** What a job needs of files, written when the first job needs them. */
async function inputsOf(job, bench) {
  const { folder } = bench;
  if (job.kind === 'emoji') return { data: emojiData(), variant: [] };
  const inputs = { vocab: writeVocabulary(folder, job.vocabulary), text: textOf(job.textTokens), variant: [] };
  if (job.numPictures) inputs.pictures = await writePictures(join(folder, job.kind), job.numPictures);
  if (job.kind === 'start') {
    inputs.saved = join(folder, 'saved');
    for (const side of ['ours', 'peer']) {
      const { failure } = await run(side, { ...job, ...inputs, kind: 'save', threads: 2 }, bench);
      if (failure) mistake(`the model to load must be saved, got: ${failure}`);
    }
  }
  if (job.kind === 'weights') {
    inputs.saved = join(folder, 'weights');
    for (const side of ['ours', 'peer']) {
      const { failure } = await run(side, { ...job, ...inputs, kind: 'saveWeights', threads: 2 }, bench);
      if (failure) mistake(`the weights to load must be saved, got: ${failure}`);
    }
  }
  return inputs;
}

function emojiData() {
  const here = (path) => fileURLToPath(new URL(path, import.meta.url));
  const data = here('../../examples/emoji/data');
  const cli = here('../../packages/cli/bin/tessera.js');
  const { status, stderr } = spawnSync(process.execPath, [cli, 'data', 'emoji', '--to', data], { encoding: 'utf8' });
  if (status !== 0) mistake(`the emoji data could not be prepared: ${stderr}`);
  return data;
}
