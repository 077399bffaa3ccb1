/** Which frames of a video are taken: evenly spread over it, or at a fixed rate from its start. */
export type FramePlan =
  | { readonly kind: 'uniform'; readonly count: number }
  /** `rate` frames for each second, `most` at most. */
  | { readonly kind: 'rate'; readonly rate: number; readonly most: number };

/** Frames of a plan at even distances: the first time, the distance and how many, in seconds. */
export interface EvenTimes {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Even times of a plan over `duration` seconds: the middles of `count` equal parts, or every 1 / rate from 0. */
export function evenTimes(plan: FramePlan, duration: number): EvenTimes {
  if (plan.kind === 'uniform') {
    const step = duration / plan.count;
    return { start: step / 2, step, count: plan.count };
  }
  // A time that rounding puts at the very end would show nothing.
  const count = Math.max(1, Math.min(plan.most, Math.ceil(duration * plan.rate - 1e-6)));
  return { start: 0, step: 1 / plan.rate, count };
}

/** The times of a plan, in seconds; the frame shown at each is taken. */
export function sampleTimes(plan: FramePlan, duration: number): number[] {
  const { start, step, count } = evenTimes(plan, duration);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

/** Which of frames that are shown for `delays` seconds each is shown at each time; the last one from its start on. */
export function shownAt(delays: readonly number[], times: readonly number[]): number[] {
  const ends: number[] = [];
  delays.reduce((start, delay) => (ends.push(start + delay), start + delay), 0);
  return times.map((time) => {
    const index = ends.findIndex((end) => end > time + 1e-9);
    return index < 0 ? delays.length - 1 : index;
  });
}
