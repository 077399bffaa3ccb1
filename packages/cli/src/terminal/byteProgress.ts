import { formatBytes, formatClock } from './format.js';
import { Progress, type ProgressBar, type ProgressField } from './progress.js';
import type { Terminal } from './terminal.js';

/** A bar that is drawn, and since when. */
interface Running {
  readonly bar: ProgressBar;
  readonly startedAt: number;
  readonly startedWith: number;
}

/** Shows how far downloads are, each with a bar of its own until it is complete. */
export function byteProgress(terminal: Terminal): (what: string, done: number, total: number) => void {
  const running = new Map<string, Running>();
  let own: Progress | undefined; // opened where no other draws on the terminal
  const start = (what: string, done: number): Running => {
    const progress = Progress.on(terminal) ?? (own = new Progress(terminal));
    return { bar: progress.bar(what), startedAt: performance.now(), startedWith: done };
  };
  return (what, done, total) => {
    const shown = running.get(what) ?? start(what, done);
    running.set(what, shown);
    shown.bar.update(done, total, fields(shown, done, total));
    if (done < total) return;
    running.delete(what);
    shown.bar.finish(`${what}: ${formatBytes(total)}`);
    if (running.size > 0) return;
    own?.close();
    own = undefined;
  };
}

function fields({ startedAt, startedWith }: Running, done: number, total: number): ProgressField[] {
  const seconds = (performance.now() - startedAt) / 1000;
  const rate = (done - startedWith) / seconds;
  const left = rate > 0 && seconds > 1 ? [{ text: `${formatClock((total - done) / rate)} left` }] : [];
  return [{ text: `${formatBytes(done)} of ${formatBytes(total)}`, rank: 1 }, ...left];
}
