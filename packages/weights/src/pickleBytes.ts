/** Bytes of a whole number of 4000 digits. Reading one takes the square of its length. */
const mostBytes = 1661;

/** The bytes of a pickle, read from the front; integers are little endian. */
export class PickleBytes {
  private readonly view: DataView;
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly error: (at: number, what: string) => Error,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** An error that says what is wrong at this place. */
  damaged(what: string): Error {
    return this.error(this.at, what);
  }

  /** The place of the next `length` bytes, which are passed. */
  private pass(length: number): number {
    const from = this.at;
    if (length > this.bytes.length - from) throw this.damaged('the end');
    this.at += length;
    return from;
  }

  /** The next bytes. */
  take(length: number): Uint8Array {
    const from = this.pass(length);
    return this.bytes.subarray(from, from + length);
  }

  /** An unsigned byte. */
  byte(): number {
    return this.view.getUint8(this.pass(1));
  }

  /** An unsigned 16-bit integer. */
  u16(): number {
    return this.view.getUint16(this.pass(2), true);
  }

  /** An unsigned 32-bit integer. */
  u32(): number {
    return this.view.getUint32(this.pass(4), true);
  }

  /** A 64-bit length. */
  u64(): number {
    return Number(this.view.getBigUint64(this.pass(8), true));
  }

  /** A signed 32-bit integer. */
  i32(): number {
    return this.view.getInt32(this.pass(4), true);
  }

  /** A float64, big endian as pickle has it. */
  f64(): number {
    return this.view.getFloat64(this.pass(8), false);
  }

  /** A two's complement integer of some bytes. */
  long(length: number): number | bigint {
    if (length > mostBytes) throw this.damaged('a number of too many bytes');
    let value = 0n;
    this.take(length).forEach((byte, i) => (value |= BigInt(byte) << BigInt(8 * i)));
    return compact(BigInt.asIntN(8 * length, value));
  }

  /** A text up to the end of its line, which is passed. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw this.damaged('the end');
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  /** A whole number in digits on a line of its own; `01` and `00` are booleans, a final L is allowed. */
  decimal(): number | bigint | boolean {
    const text = this.line();
    if (text === '01') return true;
    if (text === '00') return false;
    if (!/^-?\d{1,4000}L?$/.test(text)) throw this.damaged('a number without digits');
    return compact(BigInt(text.replace('L', '')));
  }

  /** A UTF-8 text. */
  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  /** A text of one byte each. TextDecoder takes Latin-1 for Windows-1252. */
  latin(length: number): string {
    return Array.from(this.take(length), (byte) => String.fromCharCode(byte)).join('');
  }
}

const compact = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
