import type { StageTimes } from './events.js';

/** Adds the time since the last lap to a stage. */
export class StageClock {
  private last = performance.now();

  constructor(private readonly times: StageTimes) {}

  lap(stage: keyof StageTimes): void {
    const now = performance.now();
    this.times[stage] += (now - this.last) / 1000;
    this.last = now;
  }
}
