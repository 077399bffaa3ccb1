// A reader of Python's pickles that runs nothing: it knows the few names that its caller allows and refuses every other.
// Source: CPython, Lib/pickletools.py (opcodes).
import { PickleBytes } from './pickleBytes.js';

/** What a pickle holds once read. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PickleValue[]
  | ReadonlyMap<PickleValue, PickleValue>
  | ReadonlySet<PickleValue>
  | PickleObject;

/** A value of a class or function that the caller allows. */
export interface PickleObject {
  readonly kind: string;
}

/** Why a pickle is not read. */
export type PickleFault =
  /** It names a class or function that is not in the vocabulary, by `module.name`. */
  | { readonly kind: 'global'; readonly name: string }
  /** It has an instruction that makes more than values, such as `0x81`. */
  | { readonly kind: 'instruction'; readonly code: string }
  /** It does with a value what may not be done with it. */
  | { readonly kind: 'use'; readonly what: string }
  /** It breaks off or makes no sense: where, in bytes, and what was found. */
  | { readonly kind: 'damage'; readonly at: number; readonly what: string };

/** What may stand in a pickle beside plain values, and how its reader speaks. */
export interface PickleVocabulary {
  /** By `module.name`: what a call of it gives. It gets values alone, never a function. */
  readonly globals: ReadonlyMap<string, (args: readonly PickleValue[]) => PickleValue>;
  /** What stands for a value kept outside of the pickle; none may be if left out. */
  readonly persistent?: (id: PickleValue) => PickleValue;
  /** Gives attributes to a value, or lets them go; false where it takes none. */
  readonly build: (value: PickleValue, state: PickleValue) => boolean;
  /** How the texts of Python 2 are encoded. */
  readonly encoding: 'utf-8' | 'latin1';
  /** The error for the user. */
  readonly error: (fault: PickleFault) => Error;
}

/** A class or function that was named; only `REDUCE` takes it. */
class Global implements PickleObject {
  readonly kind = 'global';
  constructor(
    readonly name: string,
    readonly call: (args: readonly PickleValue[]) => PickleValue,
  ) {}
}

const mark = Symbol('mark');
type Slot = PickleValue | typeof mark;

/** The name of a class or function, where a value is one. */
export const globalName = (value: PickleValue | undefined): string | undefined =>
  value instanceof Global ? value.name : undefined;

/** Reads a pickle of protocol 0 to 5. Throws the vocabulary's error for what is neither a plain value nor in it. */
export function readPickle(bytes: Uint8Array, vocabulary: PickleVocabulary): PickleValue {
  const damaged = (at: number, what: string): Error => vocabulary.error({ kind: 'damage', at, what });
  return new Machine(new PickleBytes(bytes, damaged), vocabulary).run();
}

/** Pickle's stack machine. */
class Machine {
  private readonly stack: Slot[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    private readonly bytes: PickleBytes,
    private readonly vocabulary: PickleVocabulary,
  ) {}

  run(): PickleValue {
    for (;;) {
      const code = String.fromCharCode(this.bytes.byte());
      if (code === '.') return this.pop();
      const step = opcodes[code];
      if (!step) throw this.refusedInstruction(code);
      step(this, this.bytes);
    }
  }

  push(value: Slot): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined || value === mark) throw this.bytes.damaged(lacking);
    return value;
  }

  top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value === mark) throw this.bytes.damaged(lacking);
    return value;
  }

  /** What was pushed since the last mark. */
  popMark(): PickleValue[] {
    const at = this.stack.lastIndexOf(mark);
    if (at < 0) throw this.bytes.damaged(lacking);
    const values = this.stack.splice(at);
    return values.slice(1) as PickleValue[];
  }

  popCount(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  append(values: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.bytes.damaged(noCollection);
    for (const value of values) list.push(value);
  }

  setItems(values: readonly PickleValue[]): void {
    const map = this.top();
    if (!(map instanceof Map) || values.length % 2 !== 0) throw this.bytes.damaged(noCollection);
    for (let i = 0; i < values.length; i += 2) map.set(values[i], values[i + 1]);
  }

  addItems(values: readonly PickleValue[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw this.bytes.damaged(noCollection);
    for (const value of values) set.add(value);
  }

  build(): void {
    const state = this.pop();
    if (!this.vocabulary.build(this.top(), state)) throw this.refusedUse('attributes of an object');
  }

  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.bytes.damaged('a name that is no text');
    const full = `${module}.${name}`;
    const call = this.vocabulary.globals.get(full);
    if (!call) throw this.vocabulary.error({ kind: 'global', name: full });
    this.push(new Global(full, call));
  }

  reduce(): void {
    const args = this.pop();
    const called = this.pop();
    if (!(called instanceof Global)) throw this.refusedUse('a call of what is no function');
    if (!Array.isArray(args)) throw this.bytes.damaged('arguments that are no tuple');
    this.push(called.call(args as PickleValue[]));
  }

  persistent(): void {
    if (!this.vocabulary.persistent) throw this.refusedInstruction('Q');
    this.push(this.vocabulary.persistent(this.pop()));
  }

  /** A text as Python 2 wrote it. */
  oldText(length: number): string {
    return this.vocabulary.encoding === 'latin1' ? this.bytes.latin(length) : this.bytes.text(length);
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.remember(this.memo.size);
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.bytes.damaged('a value that was never remembered');
    this.push(value);
  }

  private refusedInstruction(code: string): Error {
    const hexadecimal = `0x${code.charCodeAt(0).toString(16).padStart(2, '0')}`;
    return this.vocabulary.error({ kind: 'instruction', code: hexadecimal });
  }

  private refusedUse(what: string): Error {
    return this.vocabulary.error({ kind: 'use', what });
  }
}

const lacking = 'an instruction without its values';
const noCollection = 'items for what takes none';

type Step = (machine: Machine, bytes: PickleBytes) => void;

/** What each instruction does, by its character. Those that make objects (`i`, `o`, `\x81`, `\x92`, extensions) are left out. */
const opcodes: Readonly<Record<string, Step>> = {
  '\x80': (_, b) => void b.byte(),
  '\x95': (_, b) => void b.u64(),
  '(': (m) => m.push(mark),
  '0': (m) => void m.pop(),
  '1': (m) => void m.popMark(),
  '2': (m) => m.push(m.top()),
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  I: (m, b) => m.push(b.decimal()),
  J: (m, b) => m.push(b.i32()),
  K: (m, b) => m.push(b.byte()),
  M: (m, b) => m.push(b.u16()),
  L: (m, b) => m.push(b.decimal()),
  '\x8a': (m, b) => m.push(b.long(b.byte())),
  '\x8b': (m, b) => m.push(b.long(b.u32())),
  F: (m, b) => m.push(Number(b.line())),
  G: (m, b) => m.push(b.f64()),
  V: (m, b) => m.push(b.line()),
  X: (m, b) => m.push(b.text(b.u32())),
  '\x8c': (m, b) => m.push(b.text(b.byte())),
  '\x8d': (m, b) => m.push(b.text(b.u64())),
  T: (m, b) => m.push(m.oldText(b.u32())),
  U: (m, b) => m.push(m.oldText(b.byte())),
  B: (m, b) => m.push(b.take(b.u32())),
  C: (m, b) => m.push(b.take(b.byte())),
  '\x8e': (m, b) => m.push(b.take(b.u64())),
  ']': (m) => m.push([]),
  ')': (m) => m.push([]),
  '}': (m) => m.push(new Map()),
  '\x8f': (m) => m.push(new Set()),
  t: (m) => m.push(m.popMark()),
  '\x85': (m) => m.push(m.popCount(1)),
  '\x86': (m) => m.push(m.popCount(2)),
  '\x87': (m) => m.push(m.popCount(3)),
  l: (m) => m.push(m.popMark()),
  d: (m) => {
    const items = m.popMark();
    m.push(new Map());
    m.setItems(items);
  },
  a: (m) => m.append([m.pop()]),
  e: (m) => m.append(m.popMark()),
  s: (m) => m.setItems(m.popCount(2)),
  u: (m) => m.setItems(m.popMark()),
  '\x90': (m) => m.addItems(m.popMark()),
  c: (m, b) => m.global(b.line(), b.line()),
  '\x93': (m) => {
    const [module = null, name = null] = m.popCount(2);
    m.global(module, name);
  },
  R: (m) => m.reduce(),
  b: (m) => m.build(),
  Q: (m) => m.persistent(),
  p: (m, b) => m.remember(Number(b.line())),
  q: (m, b) => m.remember(b.byte()),
  r: (m, b) => m.remember(b.u32()),
  '\x94': (m) => m.memoize(),
  g: (m, b) => m.recall(Number(b.line())),
  h: (m, b) => m.recall(b.byte()),
  j: (m, b) => m.recall(b.u32()),
};
