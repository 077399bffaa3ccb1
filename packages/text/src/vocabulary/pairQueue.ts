/** Two neighbouring pieces and how often they stood side by side when this was noted. */
export interface CountedPair {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/** Whether `a` is merged before `b`: more frequent, else made of older pieces. */
const isBefore = (a: CountedPair, b: CountedPair): boolean =>
  a.count !== b.count ? a.count > b.count : a.left !== b.left ? a.left < b.left : a.right < b.right;

/** A priority queue of pairs (binary heap), the next to merge first. */
export class PairQueue {
  private readonly heap: CountedPair[] = [];

  push(pair: CountedPair): void {
    const { heap } = this;
    let place = heap.push(pair) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent] as CountedPair;
      if (!isBefore(pair, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = pair;
  }

  pop(): CountedPair | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (last && heap.length > 0) this.sink(last);
    return first;
  }

  private sink(pair: CountedPair): void {
    const { heap } = this;
    let place = 0;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const best = left && right && isBefore(right, left) ? right : left;
      if (!best || !isBefore(best, pair)) break;
      heap[place] = best;
      place = 2 * place + (best === right ? 2 : 1);
    }
    heap[place] = pair;
  }
}
