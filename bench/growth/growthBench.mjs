// npm run bench -- --growth [--backend NAME] [--threads 2] [--json FILE] [--svg FILE]
// How time and memory of a training step grow with text tokens, picture tokens, batch and modalities: one thing grows, the
// others stay, each point in a process of its own.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, median, megabytes, printTable } from '../measure.mjs';
import { writeVocabulary } from '../peer/inputs.mjs';
import { runJob } from '../peer/sides.mjs';
import { temporaryFolder } from '../temporaryFolder.mjs';
import { drawGrowth } from './growthChart.mjs';

const standard = { textTokens: 64, imageTokens: 4, batchSize: 8, modalities: 2 };
/** What grows, and to what. */
const growing = [
  { key: 'textTokens', title: 'text tokens', values: [32, 64, 128, 256, 512] },
  { key: 'imageTokens', title: 'picture tokens', values: [1, 4, 16, 36, 64, 100] },
  { key: 'batchSize', title: 'batch', values: [1, 2, 4, 8, 16, 32, 64] },
  { key: 'modalities', title: 'modalities', values: [1, 2, 3, 4] },
];

/** Measures, prints and writes what the arguments ask for. */
export async function growthBench(args) {
  const { values: options } = parseArgs({
    args,
    options: {
      backend: { type: 'string' },
      threads: { type: 'string', default: '2' },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const folder = temporaryFolder();
  const { points, versions } = await measurePoints(options, folder);
  const about = `${machine()}; ${versions}`;
  console.log(`${about}\n`);
  for (const { key, title } of growing) {
    const own = points.filter(({ grows }) => grows === key);
    printTable([
      [title, 'ms', 'times the one before', 'peak memory'],
      ...own.map(({ value, ms, peakBytes }, i) => [
        value,
        ms.toFixed(1),
        i ? (ms / own[i - 1].ms).toFixed(2) : '',
        megabytes(peakBytes),
      ]),
    ]);
    console.log();
  }
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ about, standard, points }, undefined, 2)}\n`);
  if (options.svg) writeFileSync(options.svg, await drawGrowth(growing, points));
}

async function measurePoints({ backend, threads }, folder) {
  const shared = { kind: 'growth', vocabulary: 2000, imageSize: 80, classes: 8, warmUp: 3, repetitions: 7 };
  const vocab = writeVocabulary(folder, shared.vocabulary);
  const points = [];
  let versions = '';
  for (const { key, title, values } of growing) {
    for (const value of values) {
      const job = {
        ...shared,
        ...standard,
        [key]: value,
        vocab,
        threads: Number(threads),
        ...(backend && { backend }),
      };
      const found = await runJob('ours', job, { folder });
      if (found.failure) {
        console.error(`bench --growth: ${title} ${value} failed: ${found.failure}`);
        process.exit(1);
      }
      console.error(`${title} ${value}: ${median(found.ms).toFixed(1)} ms, ${megabytes(found.peakBytes)}`);
      points.push({ grows: key, value, ms: median(found.ms), peakBytes: found.peakBytes });
      ({ versions } = found);
    }
  }
  return { points, versions };
}
