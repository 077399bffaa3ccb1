/** Least-recently-used cache bounded by the bytes of its values. */
export class ByteCache<TValue> {
  private readonly entries = new Map<string, { readonly value: TValue; readonly bytes: number }>(); // oldest first
  private total = 0;

  /** @param capacity - most bytes held; 0 caches nothing */
  constructor(private readonly capacity: number) {}

  /** Bytes held now. */
  get bytes(): number {
    return this.total;
  }

  /** The value of a key, which becomes the youngest; undefined when it is not held. */
  get(key: string): TValue | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.value;
  }

  /** Holds a value and drops the oldest until all fit; one larger than the capacity is not held. */
  set(key: string, value: TValue, bytes: number): void {
    this.delete(key);
    if (bytes > this.capacity) return;
    this.entries.set(key, { value, bytes });
    this.total += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.total <= this.capacity) break;
      this.delete(oldest);
    }
  }

  /** Drops everything. */
  clear(): void {
    this.entries.clear();
    this.total = 0;
  }

  private delete(key: string): void {
    this.total -= this.entries.get(key)?.bytes ?? 0;
    this.entries.delete(key);
  }
}
