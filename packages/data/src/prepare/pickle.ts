// Reads Python pickles that hold plain values: dictionaries, lists, tuples, text, bytes, numbers. Nothing is ever called:
// a pickle that asks for anything but numpy's own arrays is refused, and those come out as their parts.
// Source: Python's pickletools, protocols 2 to 5.
import { DataError } from '@tessera/core';

/** A Python object that is no plain value: which constructor made it, of what, and the state it was given. */
export class PickledObject {
  state: unknown;

  constructor(
    readonly name: string,
    readonly args: readonly unknown[],
  ) {}
}

/** What a pickle may name. numpy writes its arrays so; `_codecs.encode` is how protocol 2 writes bytes. */
const allowed = new Set([
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray._reconstruct',
  'numpy.ndarray',
  'numpy.dtype',
  '_codecs.encode',
]);

/** Reads a pickle; dictionaries become Maps. Throws DataError for anything that is not plain data. */
export function readPickle(bytes: Uint8Array): unknown {
  return new PickleReader(bytes).read();
}

const mark = Symbol('mark');

class PickleReader {
  private readonly view: DataView;
  private readonly stack: unknown[] = [];
  private readonly memo = new Map<number, unknown>();
  private offset = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): unknown {
    try {
      for (;;) {
        const opcode = String.fromCharCode(this.take(1)[0] ?? 0);
        if (opcode === '.') return this.pop();
        this.step(opcode);
      }
    } catch (cause) {
      if (cause instanceof DataError) throw cause;
      throw refuse(`the file must be whole, got an end or a fault at byte ${this.offset}`, cause);
    }
  }

  private step(opcode: string): void {
    const make = constants[opcode];
    if (make) return void this.stack.push(make());
    const read = this.readers[opcode];
    if (read) return void this.stack.push(read());
    const act = this.actions[opcode];
    if (!act) throw refuse(`it must hold plain values, got the operation ${JSON.stringify(opcode)}`);
    act();
  }

  /** Operations that push what they read. */
  private readonly readers: Readonly<Record<string, () => unknown>> = {
    K: () => this.number(1),
    M: () => this.number(2),
    J: () => this.signed(4),
    G: () => this.real(),
    '\x8a': () => this.long(this.number(1)),
    '\x8c': () => this.text(this.number(1)),
    X: () => this.text(this.number(4)),
    '\x8d': () => this.text(this.number(8)),
    C: () => this.take(this.number(1)),
    B: () => this.take(this.number(4)),
    '\x8e': () => this.take(this.number(8)),
    U: () => this.latin(this.number(1)),
    T: () => this.latin(this.number(4)),
    h: () => this.memo.get(this.number(1)),
    j: () => this.memo.get(this.number(4)),
    c: () => this.named(this.line(), this.line()),
    '\x93': () => {
      const name = this.pop();
      return this.named(String(this.pop()), String(name));
    },
    '\x85': () => this.last(1),
    '\x86': () => this.last(2),
    '\x87': () => this.last(3),
    t: () => this.sinceMark(),
    l: () => this.sinceMark(),
    d: () => fill(new Map(), this.sinceMark()),
    R: () => {
      const args = this.pop();
      return new PickledObject(String(this.pop()), args as unknown[]);
    },
  };

  /** Operations that change what is there. */
  private readonly actions: Readonly<Record<string, () => void>> = {
    '\x80': () => void this.take(1),
    '\x95': () => void this.take(8),
    '(': () => void this.stack.push(mark),
    '0': () => void this.pop(),
    q: () => void this.memo.set(this.number(1), this.stack.at(-1)),
    r: () => void this.memo.set(this.number(4), this.stack.at(-1)),
    '\x94': () => void this.memo.set(this.memo.size, this.stack.at(-1)),
    a: () => {
      const value = this.pop();
      (this.stack.at(-1) as unknown[]).push(value);
    },
    e: () => {
      const values = this.sinceMark();
      for (const value of values) (this.stack.at(-1) as unknown[]).push(value);
    },
    s: () => {
      const pair = this.last(2);
      fill(this.stack.at(-1) as Map<unknown, unknown>, pair);
    },
    u: () => {
      const pairs = this.sinceMark();
      fill(this.stack.at(-1) as Map<unknown, unknown>, pairs);
    },
    b: () => {
      const state = this.pop();
      (this.stack.at(-1) as PickledObject).state = state;
    },
  };

  private pop(): unknown {
    if (this.stack.length === 0) throw refuse('the file must be whole, got an operation without its values');
    return this.stack.pop();
  }

  private last(count: number): unknown[] {
    if (this.stack.length < count) throw refuse('the file must be whole, got an operation without its values');
    return this.stack.splice(-count);
  }

  private sinceMark(): unknown[] {
    const values = this.stack.splice(this.stack.lastIndexOf(mark));
    return values.slice(1);
  }

  private named(module: string, name: string): string {
    const full = `${module}.${name}`;
    if (allowed.has(full)) return full;
    throw refuse(`it may hold plain values and arrays alone, got ${full}, which would be run`);
  }

  private take(count: number): Uint8Array {
    if (this.offset + count > this.bytes.length) throw refuse(`the file must be whole, got ${this.bytes.length} bytes`);
    return this.bytes.subarray(this.offset, (this.offset += count));
  }

  private number(size: number): number {
    return this.take(size).reduceRight((sum, byte) => sum * 256 + byte, 0);
  }

  private signed(size: number): number {
    const value = this.number(size);
    return value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
  }

  /** An integer of any length, little-endian in two's complement. */
  private long(size: number): number {
    return size === 0 ? 0 : this.signed(size);
  }

  private real(): number {
    this.take(8);
    return this.view.getFloat64(this.offset - 8);
  }

  private text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  private latin(length: number): string {
    return Buffer.from(this.take(length)).toString('latin1');
  }

  private line(): string {
    const end = this.bytes.indexOf(10, this.offset);
    const text = this.text((end < 0 ? this.bytes.length : end) - this.offset);
    this.take(1);
    return text;
  }
}

const constants: Readonly<Record<string, () => unknown>> = {
  N: () => undefined,
  '\x88': () => true,
  '\x89': () => false,
  ')': () => [],
  ']': () => [],
  '}': () => new Map(),
};

function fill(map: Map<unknown, unknown>, pairs: readonly unknown[]): Map<unknown, unknown> {
  for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  return map;
}

const refuse = (rule: string, cause?: unknown): DataError =>
  new DataError(`Pickle: ${rule}. Download it again, or look where it is from.`, { cause });
