import { DataError } from '@tessera/core';

/** What is told of a fault beside the fault itself. */
export interface ProblemOptions {
  /** Its place, for those who keep it apart: `train.jsonl, row 3`. */
  readonly where?: string;
  readonly advice?: string;
  readonly cause?: unknown;
}

/** Faults found in data: the first few are kept, the rest counted, so that one run shows what is wrong throughout. */
export class DataProblems {
  private readonly shown: string[] = [];
  private readonly advice = new Set<string>();
  private firstCause: unknown;
  private total = 0;

  /** @param limit - how many are told in full */
  constructor(private readonly limit = 8) {}

  /** How many were found. */
  get count(): number {
    return this.total;
  }

  /**
   * Notes a fault.
   * @param what - the rule and what was given: `must be …, got …`; `train.jsonl, row 3: ` before it if not in the options
   * @param options - where it is, what to do about it, and the error behind it
   */
  add(what: string, { where, advice = '', cause }: ProblemOptions = {}): void {
    this.total += 1;
    if (this.shown.length >= this.limit) return;
    this.firstCause ??= cause;
    const line = where === undefined ? what : `${where}: ${what}`;
    this.shown.push(line.endsWith('.') ? line : `${line}.`);
    if (advice) this.advice.add(advice);
  }

  /** Throws one DataError for all faults, if there are any. */
  throwIfAny(): void {
    if (this.total > 0) throw new DataError(this.describe(), { cause: this.firstCause });
  }

  private describe(): string {
    const advice = [...this.advice].join(' ');
    if (this.total === 1) return [...this.shown, ...(advice ? [advice] : [])].join(' ');
    const rest = this.total - this.shown.length;
    const head = `data: ${this.total} problems${rest > 0 ? `, the first ${this.shown.length}` : ''}:`;
    return [head, ...this.shown.map((line) => `  ${line}`), ...(advice ? [advice] : [])].join('\n');
  }
}
