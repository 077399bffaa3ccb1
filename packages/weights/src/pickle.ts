// A reader of Python's pickles that runs nothing: it knows a few names that stand for tensors and refuses every other.
// Source: CPython, Lib/pickletools.py (opcodes); PyTorch, torch/serialization.py and torch/_utils.py (what is saved).
import { CheckpointError } from '@tessera/core';
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

/** What may stand in a pickle beside plain values. */
export interface PickleVocabulary {
  /** By `module.name`: what a call of it gives. It gets values alone, never a function. */
  readonly globals: ReadonlyMap<string, (args: readonly PickleValue[]) => PickleValue>;
  /** What stands for a value kept outside of the pickle. */
  readonly persistent: (id: PickleValue) => PickleValue;
  /** What to do instead, for the message that refuses a name. */
  readonly advice: string;
}

/** A value without a meaning here. */
export const letGo: PickleObject = { kind: 'let go' };

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

/**
 * Reads a pickle of protocol 0 to 5.
 * @param place - file, for messages
 * @throws CheckpointError that names what is neither a plain value nor in the vocabulary, or says that it is damaged
 */
export function readPickle(bytes: Uint8Array, vocabulary: PickleVocabulary, place: string): PickleValue {
  return new Machine(new PickleBytes(bytes, place), vocabulary, place).run();
}

/** Pickle's stack machine. */
class Machine {
  private readonly stack: Slot[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    private readonly bytes: PickleBytes,
    private readonly vocabulary: PickleVocabulary,
    private readonly place: string,
  ) {}

  run(): PickleValue {
    for (;;) {
      const code = String.fromCharCode(this.bytes.byte());
      if (code === '.') return this.pop();
      const step = opcodes[code];
      if (!step) throw this.refused(`the instruction 0x${code.charCodeAt(0).toString(16).padStart(2, '0')}`);
      step(this, this.bytes);
    }
  }

  push(value: Slot): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined || value === mark) throw this.bytes.damaged();
    return value;
  }

  top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value === mark) throw this.bytes.damaged();
    return value;
  }

  /** What was pushed since the last mark. */
  popMark(): PickleValue[] {
    const at = this.stack.lastIndexOf(mark);
    if (at < 0) throw this.bytes.damaged();
    const values = this.stack.splice(at);
    return values.slice(1) as PickleValue[];
  }

  popCount(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  append(values: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.bytes.damaged();
    for (const value of values) list.push(value);
  }

  setItems(values: readonly PickleValue[]): void {
    const map = this.top();
    if (!(map instanceof Map) || values.length % 2 !== 0) throw this.bytes.damaged();
    for (let i = 0; i < values.length; i += 2) map.set(values[i], values[i + 1]);
  }

  addItems(values: readonly PickleValue[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw this.bytes.damaged();
    for (const value of values) set.add(value);
  }

  /** Attributes of a dictionary (`_metadata` of a state dict) and of what is let go are let go; nothing else takes any. */
  build(): void {
    this.pop();
    const built = this.top();
    if (!(built instanceof Map) && built !== letGo) throw this.refused('attributes of an object');
  }

  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.bytes.damaged();
    const full = `${module}.${name}`;
    const call = this.vocabulary.globals.get(full);
    if (!call) throw this.refused(`the global "${full}"`);
    this.push(new Global(full, call));
  }

  reduce(): void {
    const args = this.pop();
    const called = this.pop();
    if (!(called instanceof Global)) throw this.refused('a call of what is no function');
    if (!Array.isArray(args)) throw this.bytes.damaged();
    this.push(called.call(args as PickleValue[]));
  }

  persistent(): void {
    this.push(this.vocabulary.persistent(this.pop()));
  }

  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.remember(this.memo.size);
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.bytes.damaged();
    this.push(value);
  }

  private refused(what: string): CheckpointError {
    return new CheckpointError(
      `${this.place}: a checkpoint may hold tensors, numbers, texts, lists and dictionaries only, got ${what}. ${this.vocabulary.advice}`,
    );
  }
}

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
  T: (m, b) => m.push(b.text(b.u32())),
  U: (m, b) => m.push(b.text(b.byte())),
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
