// Small measuring tools shared by the benchmarks: medians of repeated runs, peak memory, the machine in words.
import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { resourceUsage, version } from 'node:process';

/** The middle value, or the mean of the middle two. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Milliseconds of each run of an asynchronous function, after some runs to warm up. */
export async function timesOf(work, { warmUp, repetitions }) {
  const times = [];
  for (let i = 0; i < warmUp + repetitions; i++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times.slice(warmUp);
}

/** The median, least and greatest of some times. */
export const summaryOf = (times) => ({
  median: median(times),
  least: Math.min(...times),
  greatest: Math.max(...times),
  runs: times.length,
});

/** The value that this percentage of values does not exceed. */
export function percentile(values, rank) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)];
}

/** Peak resident memory of this process so far, in bytes: the kernel's own figure where it gives one. */
export function peakBytes() {
  const status = '/proc/self/status';
  const line = existsSync(status) ? /VmHWM:\s*(\d+) kB/.exec(readFileSync(status, 'utf8')) : undefined;
  return 1024 * (line ? Number(line[1]) : resourceUsage().maxRSS);
}

export const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MB`;

/** The machine in words. */
export const machine = () =>
  `${cpus()[0]?.model.trim()} × ${cpus().length}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${version}`;

/** Prints rows of text in aligned columns; the first row is the head. */
export function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  rows.forEach((row, i) => {
    console.log(
      row
        .map((cell, column) => (column ? String(cell).padStart(widths[column]) : String(cell).padEnd(widths[column])))
        .join('  '),
    );
    if (i === 0) console.log(widths.map((width) => '─'.repeat(width)).join('  '));
  });
}
