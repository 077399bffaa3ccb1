import { LiveLines } from './liveLines.js';
import type { Terminal } from './terminal.js';
import { pad, textWidth } from './width.js';

/** One thing that goes on. */
export interface ProgressBar {
  /** Sets what is done, of how many, and the text behind the bar. */
  update(done: number, total: number, text?: string): void;
  /** Takes the bar away and leaves a line in its place, if one is given. */
  finish(line?: string): void;
}

/** Bars on a terminal; without one, only the lines that stay. */
export class Progress {
  private readonly live: LiveLines | undefined;
  private readonly bars = new Set<Bar>();

  constructor(private readonly terminal: Terminal) {
    if (terminal.isInteractive) this.live = new LiveLines(terminal.streams.stderr);
  }

  /** Whether bars are visible. */
  get isLive(): boolean {
    return this.live !== undefined;
  }

  /** Starts a bar. */
  bar(label: string): ProgressBar {
    const bar = new Bar(label);
    this.bars.add(bar);
    return {
      update: (done, total, text = '') => {
        bar.set(done, total, text);
        this.live?.draw(this.lines());
      },
      finish: (line) => {
        this.bars.delete(bar);
        if (line !== undefined) this.log(line);
        else this.live?.draw(this.lines(), true);
      },
    };
  }

  /** Prints a line that stays, above the bars. */
  log(line: string): void {
    if (this.live) this.live.log(line, this.lines());
    else this.terminal.note(line);
  }

  /** Takes all bars away. */
  close(): void {
    this.bars.clear();
    this.live?.clear();
  }

  private lines(): string[] {
    const width = Math.max(0, ...[...this.bars].map(({ label }) => textWidth(label)));
    return [...this.bars].map((bar) => bar.render(width, this.terminal.columns));
  }
}

/** The state of one bar. */
class Bar {
  private done = 0;
  private total = 0;
  private text = '';

  constructor(readonly label: string) {}

  set(done: number, total: number, text: string): void {
    this.done = done;
    this.total = total;
    this.text = text;
  }

  render(labelWidth: number, columns: number): string {
    const share = this.total > 0 ? this.done / this.total : 0;
    const room = columns - labelWidth - textWidth(this.text) - 14;
    return `${pad(this.label, labelWidth)}  ${drawBar(share, Math.max(6, Math.min(28, room)))} ${percent(share)}  ${this.text}`;
  }
}

const percent = (share: number): string => `${Math.floor(100 * Math.min(1, share))}%`.padStart(4);

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar of `width` columns, filled to `share` of 1 in steps of an eighth of a column. */
export function drawBar(share: number, width: number): string {
  const filled = Math.min(1, Math.max(0, share)) * width;
  const whole = Math.floor(filled);
  const part = whole < width ? (eighths[Math.floor((filled - whole) * 8)] ?? '') : '';
  return ('█'.repeat(whole) + part).padEnd(width, '·');
}
