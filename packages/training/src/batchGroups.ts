/** Which batches of an epoch make one update; the last group may hold fewer. */
export class BatchGroups {
  constructor(
    private readonly accumulate: number,
    private readonly numBatches: number,
  ) {}

  /** Number of batches in the group that batch `index` belongs to. */
  sizeAt(index: number): number {
    const start = Math.floor(index / this.accumulate) * this.accumulate;
    return Math.min(this.accumulate, this.numBatches - start);
  }

  /** Whether a group ends after `done` batches. */
  complete(done: number): boolean {
    return done % this.accumulate === 0 || done === this.numBatches;
  }
}
