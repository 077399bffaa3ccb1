/** Hashes text to an unsigned 32-bit number (FNV-1a over UTF-8). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The saved state of a {@link RandomSource}: four unsigned 32-bit words. */
export type RandomState = readonly [number, number, number, number];

/**
 * Seeded random numbers (sfc32, 32-bit words) whose state can be saved and restored, so that a resumed run continues
 * the same sequence. Source: C. Doty-Humphrey, PractRand, `sfc32`.
 */
export class RandomSource {
  private readonly words = new Int32Array(4); // no boxed numbers: a large model draws a hundred million

  constructor(seed: number | string) {
    const first = typeof seed === 'string' ? hashText(seed) : seed >>> 0;
    this.words.set([first, hashText(`a${first}`), hashText(`b${first}`), 1]);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** The next unsigned 32-bit integer. */
  uint32(): number {
    const { words } = this;
    const [a, b, c, counter] = [words[0] as number, words[1] as number, words[2] as number, words[3] as number];
    const result = (a + b + counter) | 0;
    words[0] = b ^ (b >>> 9);
    words[1] = c + (c << 3);
    words[2] = ((c << 21) | (c >>> 11)) + result;
    words[3] = counter + 1;
    return result >>> 0;
  }

  /** The next number in [0, 1). */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** The next draw of the standard normal distribution (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** The next integer in [0, below). */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** A shuffled copy (Fisher–Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swap = out[i] as T;
      out[i] = out[j] as T;
      out[j] = swap;
    }
    return out;
  }

  /** The state to save. */
  get state(): RandomState {
    return [...this.words] as unknown as RandomState;
  }

  /** Continues from a saved state. */
  restore(state: RandomState): void {
    this.words.set(state);
  }
}
