/** Which batches of an epoch make one update; the last group may hold fewer. */
export class BatchGroups {
  /**
   * @param batchesBefore - batches of the run before this epoch, where groups are counted through the run and what the
   * epoch's end cuts off makes no update (`remainder: discard`): facebookresearch/mmbt, train.py
   */
  constructor(
    private readonly accumulate: number,
    private readonly numBatches: number,
    private readonly batchesBefore?: number,
  ) {}

  /** Number of batches that the loss of batch `index` is divided by: those of its group. */
  sizeAt(index: number): number {
    if (this.batchesBefore !== undefined) return this.accumulate;
    const start = Math.floor(index / this.accumulate) * this.accumulate;
    return Math.min(this.accumulate, this.numBatches - start);
  }

  /** Whether a group ends after `done` batches. */
  complete(done: number): boolean {
    if (this.batchesBefore !== undefined) return (this.batchesBefore + done) % this.accumulate === 0;
    return done % this.accumulate === 0 || done === this.numBatches;
  }
}
