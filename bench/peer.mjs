// npm run bench:peer -- --python PYTHON [--rounds 3] [--share 0.2] [--json FILE]
// The emoji recipe beside PyTorch with one thread, on this machine in one run: A B A B …, the ratio round by round.
// PYTHON is an interpreter with torch and torchvision; the data are prepared first if they are missing.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, median, megabytes, printTable } from './measure.mjs';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    share: { type: 'string', default: '0.2' },
    json: { type: 'string' },
  },
});
const mistake = (message) => {
  console.error(`bench:peer: ${message}`);
  process.exit(2);
};
const python = options.python ?? mistake('--python must name an interpreter with torch and torchvision, got none.');
const rounds = Number(options.rounds);
const share = Number(options.share);
if (!Number.isInteger(rounds) || rounds < 1) mistake(`--rounds must be a number from 1 on, got ${options.rounds}.`);
if (!(share > 0 && share <= 1)) mistake(`--share must be above 0 and at most 1, got ${options.share}.`);

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const data = here('../examples/emoji/data');

/** Runs a program and returns the JSON of its last line. */
function run(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0)
    mistake(`${program} ${args.join(' ')} failed: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const prepared = spawnSync(process.execPath, [here('../packages/cli/bin/tessera.js'), 'data', 'emoji', '--to', data]);
if (prepared.status !== 0) mistake(`the data could not be prepared: ${prepared.stderr}`);

// The recipe: 40 epochs of the picture alone, then 20 of MMBT.
const parts = [
  { model: 'image-only', epochs: Math.max(1, Math.round(40 * share)) },
  { model: 'mmbt', epochs: Math.max(1, Math.round(20 * share)) },
];
const measured = [];
for (let round = 0; round < rounds; round++) {
  for (const { model, epochs } of parts) {
    const tessera = run(process.execPath, [here('peer/emojiTessera.mjs'), model, String(epochs)]);
    const pytorch = run(python, [here('peer/emoji_pytorch.py'), data, model, String(epochs)]);
    measured.push({ round, model, epochs, tessera, pytorch });
    console.error(`round ${round + 1}, ${model}: ${(tessera.seconds / pytorch.seconds).toFixed(2)} × PyTorch's time`);
  }
}

const [first] = measured;
console.log(
  `${machine(first.tessera.versions.split(', ').at(-1))}; ${first.pytorch.versions}; ${rounds} rounds, medians\n`,
);
const secondsOf = (rows, side) => rows.reduce((sum, row) => sum + row[side].seconds, 0);
const rowFor = (name, groups) => {
  const ratios = groups.map((rows) => secondsOf(rows, 'tessera') / secondsOf(rows, 'pytorch'));
  const peak = (side) => megabytes(Math.max(...groups.flat().map((row) => row[side].peakBytes)));
  return [
    name,
    median(groups.map((rows) => secondsOf(rows, 'tessera'))).toFixed(2),
    median(groups.map((rows) => secondsOf(rows, 'pytorch'))).toFixed(2),
    median(ratios).toFixed(2),
    `${Math.min(...ratios).toFixed(2)} … ${Math.max(...ratios).toFixed(2)}`,
    peak('tessera'),
    peak('pytorch'),
  ];
};
const roundsOf = (keep) =>
  Array.from({ length: rounds }, (_, round) => measured.filter((row) => row.round === round && keep(row)));
printTable([
  ['recipe', 'Tessera s', 'PyTorch s', 'ratio', 'least … greatest', 'peak memory', "PyTorch's"],
  ...parts.map(({ model, epochs }) =>
    rowFor(
      `${model}, ${epochs} epochs`,
      roundsOf((row) => row.model === model),
    ),
  ),
  rowFor(
    'both',
    roundsOf(() => true),
  ),
]);
if (options.json) writeFileSync(options.json, JSON.stringify(measured, undefined, 1));
