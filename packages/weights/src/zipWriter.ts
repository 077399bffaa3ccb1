// Zip files with members stored as they are, so that they can be read where they lie.
// Source: PKWARE's APPNOTE.TXT, 4.3 (records), 4.4.4 (UTF-8 names), 4.5.3 (64-bit sizes).
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** A member to be written. */
export interface NewMember {
  readonly name: string;
  /** Bytes that the chunks have together. */
  readonly size: number;
  /** Gives the content in pieces when its turn comes. */
  chunks(): Iterable<Uint8Array>;
}

interface WrittenMember {
  readonly name: Buffer;
  readonly size: number;
  readonly header: number;
  readonly crc: number;
}

/** How a zip file is written. */
export interface ZipWriteOptions {
  /** The least number that is written with 64 bits; 4 GiB − 1, as the format wants it, if left out. */
  readonly longFrom?: number;
}

const most32 = 0xffffffff;
/** Content begins at a multiple of this, so that arrays in it can be mapped into memory. */
const alignment = 64;
/** Names are UTF-8. */
const flags = 0x0800;
/** 1 January 1980, the first day that zip files know: the same content gives the same file. */
const date = (1 << 5) | 1;
const version = 45;

/**
 * Writes a zip file and flushes it to the disk. The same members give the same bytes. The error of a full disk is passed
 * on.
 */
export function writeZip(
  path: string,
  members: readonly NewMember[],
  { longFrom = most32 }: ZipWriteOptions = {},
): void {
  const descriptor = openSync(path, 'w');
  try {
    let at = 0;
    const written: WrittenMember[] = [];
    for (const member of members) {
      const found = writeMember(descriptor, at, member, longFrom);
      written.push(found.member);
      at = found.end;
    }
    writeAll(descriptor, directoryOf(written, at, longFrom), at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeMember(
  descriptor: number,
  at: number,
  { name, size, chunks }: NewMember,
  longFrom: number,
): { member: WrittenMember; end: number } {
  const nameBytes = Buffer.from(name);
  const extra = localExtra(size, at + 30 + nameBytes.length, longFrom);
  const start = at + 30 + nameBytes.length + extra.length;
  let crc = 0;
  let end = start;
  for (const chunk of chunks()) {
    writeAll(descriptor, chunk, end);
    crc = crc32(chunk, crc);
    end += chunk.length;
  }
  if (end - start !== size) throw new RangeError(`${name}: must have ${size} bytes, got ${end - start}.`);
  const member = { name: nameBytes, size, header: at, crc };
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  describeMember(header, 4, member, extra.length, longFrom);
  writeAll(descriptor, Buffer.concat([header, nameBytes, extra]), at);
  return { member, end };
}

/** The 26 bytes that a member's header and its entry in the directory have in common. */
function describeMember(
  target: Buffer,
  at: number,
  { name, size, crc }: WrittenMember,
  extraLength: number,
  longFrom: number,
): void {
  target.writeUInt16LE(version, at);
  target.writeUInt16LE(flags, at + 2);
  target.writeUInt16LE(date, at + 8);
  target.writeUInt32LE(crc, at + 10);
  target.writeUInt32LE(short(size, longFrom), at + 14);
  target.writeUInt32LE(short(size, longFrom), at + 18);
  target.writeUInt16LE(name.length, at + 22);
  target.writeUInt16LE(extraLength, at + 24);
}

const short = (value: number, longFrom: number): number => (value >= longFrom ? most32 : value);

/** The extra field 1: numbers that need 64 bits. */
function longField(values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0);
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, i) => field.writeBigUInt64LE(BigInt(value), 4 + 8 * i));
  return field;
}

/** Sizes that need 64 bits, and bytes that bring the content to its alignment (zipalign's extra field). */
function localExtra(size: number, at: number, longFrom: number): Buffer {
  const long = longField(size >= longFrom ? [size, size] : []);
  const padding = (alignment - ((at + long.length + 6) % alignment)) % alignment;
  const field = Buffer.alloc(6 + padding);
  field.writeUInt16LE(0xd935, 0);
  field.writeUInt16LE(2 + padding, 2);
  field.writeUInt16LE(alignment, 4);
  return Buffer.concat([long, field]);
}

/** The central directory and the records that end a file. */
function directoryOf(members: readonly WrittenMember[], start: number, longFrom: number): Buffer {
  const entries = Buffer.concat(members.map((member) => directoryEntry(member, longFrom)));
  const isLong = [members.length >= 0xffff, entries.length >= longFrom, start >= longFrom].includes(true);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(isLong ? 0xffff : members.length, 8);
  end.writeUInt16LE(isLong ? 0xffff : members.length, 10);
  end.writeUInt32LE(isLong ? most32 : entries.length, 12);
  end.writeUInt32LE(isLong ? most32 : start, 16);
  return Buffer.concat([entries, isLong ? longEnd(members.length, entries.length, start) : Buffer.alloc(0), end]);
}

function directoryEntry(member: WrittenMember, longFrom: number): Buffer {
  const { name, size, header } = member;
  const long = longField([...(size >= longFrom ? [size, size] : []), ...(header >= longFrom ? [header] : [])]);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(version, 4);
  describeMember(entry, 6, member, long.length, longFrom);
  entry.writeUInt32LE(short(header, longFrom), 42);
  return Buffer.concat([entry, name, long]);
}

/** The 64-bit record of the directory and its locator. */
function longEnd(count: number, size: number, start: number): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(version, 12);
  record.writeUInt16LE(version, 14);
  [count, count, size, start].forEach((value, i) => record.writeBigUInt64LE(BigInt(value), 24 + 8 * i));
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(start + size), 64);
  record.writeUInt32LE(1, 72);
  return record;
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length)
    done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30), position + done);
}
