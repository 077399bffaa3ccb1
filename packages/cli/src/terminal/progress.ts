import { LiveLines } from './liveLines.js';
import { pad, textWidth } from './width.js';
import type { Terminal } from './terminal.js';

/** A figure behind a bar. On a narrow terminal those of low rank are shortened first, then left out. */
export interface ProgressField {
  readonly text: string;
  readonly short?: string;
  /** Left out if it may never go. */
  readonly rank?: number;
}

/** One thing that goes on. */
export interface ProgressBar {
  /** Sets what is done, of how many, and what stands behind the bar. */
  update(done: number, total: number, fields?: readonly ProgressField[]): void;
  /** Takes the bar away and leaves a line in its place, if one is given. */
  finish(line?: string): void;
}

/** Milliseconds between two signs of life of one bar where no bar can be drawn. */
const heartbeat = 30_000;

/** Bars on a terminal; without one, the lines that stay and now and then how far it is. */
export class Progress {
  private static readonly open = new WeakMap<Terminal, Progress>();

  /** The one that draws on a terminal, if any: two would draw over each other. */
  static on(terminal: Terminal): Progress | undefined {
    return Progress.open.get(terminal);
  }

  private readonly live: LiveLines | undefined;
  private readonly bars = new Set<Bar>();

  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number = () => performance.now(),
  ) {
    Progress.open.set(terminal, this);
    if (!terminal.isInteractive) return;
    this.live = new LiveLines(terminal.streams.stderr, { now });
    terminal.sendNotesTo((line) => this.log(line));
  }

  /** Starts a bar. */
  bar(label: string): ProgressBar {
    const bar = new Bar(label, this.now());
    this.bars.add(bar);
    return {
      update: (done, total, fields = []) => {
        bar.set(done, total, fields);
        if (this.live) this.live.draw(this.lines());
        else this.noteNowAndThen(bar);
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
    if (Progress.open.get(this.terminal) === this) Progress.open.delete(this.terminal);
    if (!this.live) return;
    this.live.clear();
    this.terminal.sendNotesTo(undefined);
  }

  private lines(): string[] {
    const width = Math.max(0, ...[...this.bars].map(({ label }) => textWidth(label)));
    return [...this.bars].map((bar) => bar.render(width, this.terminal.columns - 1));
  }

  private noteNowAndThen(bar: Bar): void {
    const time = this.now();
    if (time - bar.notedAt < heartbeat) return;
    bar.notedAt = time;
    this.terminal.note(bar.render(0, Infinity));
  }
}

/** The state of one bar. */
class Bar {
  private done = 0;
  private total = 0;
  private fields: readonly ProgressField[] = [];

  constructor(
    readonly label: string,
    public notedAt: number,
  ) {}

  set(done: number, total: number, fields: readonly ProgressField[]): void {
    this.done = done;
    this.total = total;
    this.fields = fields;
  }

  /** One line: at an unbounded width without the bar, for a log. */
  render(labelWidth: number, columns: number): string {
    const share = this.total > 0 ? this.done / this.total : 0;
    const label = pad(this.label, labelWidth);
    if (columns === Infinity) return `${label}  ${percent(share).trim()}  ${join(this.fields)}`.trimEnd();
    const room = columns - textWidth(label) - 9;
    const text = fitFields(this.fields, room - narrowestBar);
    const width = Math.max(narrowestBar, Math.min(widestBar, room - textWidth(text)));
    return `${label}  ${drawBar(share, width)} ${percent(share)}  ${text}`.trimEnd();
  }
}

const narrowestBar = 6;
const widestBar = 28;

const join = (fields: readonly ProgressField[]): string => fields.map(({ text }) => text).join('  ');

/** The fields side by side within a number of columns. */
export function fitFields(fields: readonly ProgressField[], columns: number): string {
  let shown = fields;
  const byRank = fields.filter(({ rank }) => rank !== undefined).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const steps = [
    ...byRank.map((field) => () => shown.map((f) => (f === field ? { ...f, text: f.short ?? f.text } : f))),
    ...byRank.map((field) => () => shown.filter(({ rank }) => rank !== field.rank)),
  ];
  for (const step of steps) {
    if (textWidth(join(shown)) <= columns) break;
    shown = step();
  }
  return join(shown);
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
