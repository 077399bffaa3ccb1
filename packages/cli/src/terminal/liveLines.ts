// Lines at the bottom of the terminal that are redrawn in place. Drawing happens within the calls, not from a timer,
// because a training step keeps JavaScript busy and a timer would not fire. The cursor stays visible: a process that is
// killed could not show it again.
import type { OutputStream } from './terminal.js';
import { cut } from './width.js';

const clearDown = '\u001b[J';

/** How often lines are drawn. */
export interface LiveLinesOptions {
  /** Milliseconds between two drawings; 100 if left out. */
  readonly interval?: number;
  readonly now?: () => number;
}

/** A block of lines at the bottom of a terminal, with what is permanent scrolling by above it. */
export class LiveLines {
  private drawn = 0;
  private drawnAt = -Infinity;
  private readonly interval: number;
  private readonly now: () => number;

  constructor(
    private readonly stream: OutputStream,
    { interval = 100, now = () => performance.now() }: LiveLinesOptions = {},
  ) {
    this.interval = interval;
    this.now = now;
  }

  /** Redraws the lines, unless the last drawing was just now; `force` draws in any case. */
  draw(lines: readonly string[], force = false): void {
    const time = this.now();
    if (!force && time - this.drawnAt < this.interval) return;
    this.drawnAt = time;
    const columns = (this.stream.columns ?? 80) - 1;
    this.stream.write(`${this.back()}${lines.map((line) => `${cut(line, columns)}\n`).join('')}`);
    this.drawn = lines.length;
  }

  /** Prints a permanent line above the block and draws the block again. */
  log(text: string, lines: readonly string[]): void {
    this.stream.write(`${this.back()}${text}\n`);
    this.drawn = 0;
    this.draw(lines, true);
  }

  /** Removes the block. */
  clear(): void {
    if (this.drawn > 0) this.stream.write(this.back());
    this.drawn = 0;
  }

  /** Moves to the block's first line and clears what is below. */
  private back(): string {
    return this.drawn ? `\u001b[${this.drawn}A\r${clearDown}` : '';
  }
}
