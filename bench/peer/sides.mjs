// Runs a job on one side, in a process of its own, so that its peak memory is its own.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What one run gave: milliseconds of each repetition, peak memory, parameters, versions; or why it failed. */
export async function runJob(side, job, { python, folder }) {
  const file = join(folder, 'job.json');
  writeFileSync(file, JSON.stringify(job));
  const [program, args] =
    side === 'ours'
      ? [process.execPath, [here('tessera/worker.mjs'), file]]
      : [python, [here('pytorch/worker.py'), file]];
  const threads = String(job.threads);
  // Each library reads its own.
  const env = { ...process.env, OMP_NUM_THREADS: threads, TF_NUM_INTRAOP_THREADS: threads, TF_CPP_MIN_LOG_LEVEL: '2' };
  const { status, output, errors, firstLineAfter } = await run(program, args, env);
  if (status !== 0) return { failure: reasonOf(errors, status) };
  const found = JSON.parse(output.trim().split('\n').at(-1));
  return job.kind === 'start' ? { ...found, ms: [firstLineAfter] } : found;
}

function run(program, args, env) {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, errors, firstLineAfter] = ['', '', undefined];
    child.stdout.on('data', (bytes) => {
      firstLineAfter ??= performance.now() - startedAt;
      output += bytes;
    });
    child.stderr.on('data', (bytes) => (errors += bytes));
    child.on('error', ({ message }) => resolve({ status: -1, errors: message }));
    child.on('close', (status, signal) => resolve({ status: status ?? signal, output, errors, firstLineAfter }));
  });
}

/** The line of an error output that says most. */
function reasonOf(errors, status) {
  const lines = errors.trim().split('\n');
  return (
    lines.find((line) => /error/i.test(line) && !/^\s*at |Traceback/.test(line)) ?? lines.at(-1) ?? `status ${status}`
  );
}
