/** Bounds what runs at the same time: tasks wait, first come first served, until what they cost is free. */
export class Budget {
  private free: number;
  private readonly waiting: { readonly cost: number; readonly start: () => void }[] = [];

  constructor(private readonly capacity: number) {
    this.free = capacity;
  }

  /** Runs a task when `cost` is free; one that costs more than everything runs alone. */
  async run<TResult>(cost: number, task: () => Promise<TResult>): Promise<TResult> {
    const held = Math.min(cost, this.capacity);
    if (this.waiting.length > 0 || held > this.free) {
      await new Promise<void>((start) => this.waiting.push({ cost: held, start }));
    } else {
      this.free -= held;
    }
    try {
      return await task();
    } finally {
      this.free += held;
      this.admit();
    }
  }

  /** Starts those who wait, as far as there is room; what they cost is taken before they resume. */
  private admit(): void {
    for (let next = this.waiting[0]; next && next.cost <= this.free; next = this.waiting[0]) {
      this.waiting.shift();
      this.free -= next.cost;
      next.start();
    }
  }
}
