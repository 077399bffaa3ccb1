// The directory of a zip file whose members are stored as they are, as torch.save and writeZip write it.
// Source: PKWARE's APPNOTE.TXT, 4.3 (records) and 4.5.3 (64-bit sizes).
import { CheckpointError } from '@tessera/core';
import type { ByteFile } from './byteFile.js';

/** One member of a zip file. */
export interface ZipMember {
  /** Bytes of its content. */
  readonly size: number;
  /** Place of its local header. */
  readonly header: number;
  /** CRC-32 of its content. */
  readonly crc: number;
}

const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64Locator: 0x07064b50 } as const;
const endSize = 22;
const locatorSize = 20;
const most16 = 0xffff;
const most32 = 0xffffffff;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const long = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

/** What is read, for messages. */
export interface ZipKind {
  /** What the file is: `a PyTorch checkpoint`. */
  readonly name: string;
  /** How to make one. */
  readonly advice: string;
}

const pytorchCheckpoint: ZipKind = {
  name: 'a PyTorch checkpoint',
  advice: 'Save it with torch.save, not with a packer.',
};

/**
 * The members by name.
 * @throws CheckpointError when the file is damaged, a member is packed or encrypted, or two have one name
 */
export function readZipDirectory(file: ByteFile, kind = pytorchCheckpoint): ReadonlyMap<string, ZipMember> {
  const { count, size, start } = findDirectory(file);
  const bytes = file.read(start, size);
  const view = viewOf(bytes);
  const members = new Map<string, ZipMember>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== signatures.central) throw damaged(file);
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    if (extraEnd > size) throw damaged(file);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd));
    requireStored(file, name, { view, at, kind });
    if (members.has(name)) throw damaged(file);
    members.set(name, memberOf(view, at, nameEnd, extraEnd));
    at = extraEnd + view.getUint16(at + 32, true);
  }
  return members;
}

/** The bytes of a member, or some of them. */
export function readMember(
  file: ByteFile,
  { header, size }: ZipMember,
  from = 0,
  length = size - from,
): Uint8Array<ArrayBuffer> {
  if (from + length > size) throw damaged(file);
  return file.read(contentStart(file, header) + from, length);
}

/** Where a member's content begins, given the place of its local header. Throws CheckpointError when there is none. */
export function contentStart(file: ByteFile, header: number): number {
  const local = viewOf(file.read(header, 30));
  if (local.getUint32(0, true) !== signatures.local) throw damaged(file);
  return header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
}

function findDirectory(file: ByteFile): { count: number; size: number; start: number } {
  const tail = Math.min(file.size, endSize + most16);
  const view = viewOf(file.read(file.size - tail, tail));
  for (let at = tail - endSize; at >= 0; at--) {
    if (view.getUint32(at, true) !== signatures.end) continue;
    const found = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
    };
    const hasLong = found.count === most16 || found.size === most32 || found.start === most32;
    return hasLong ? longDirectory(file, file.size - tail + at) : found;
  }
  throw damaged(file);
}

function longDirectory(file: ByteFile, end: number): { count: number; size: number; start: number } {
  const locator = viewOf(file.read(end - locatorSize, locatorSize));
  if (locator.getUint32(0, true) !== signatures.end64Locator) throw damaged(file);
  const record = viewOf(file.read(long(locator, 8), 56));
  return { count: long(record, 32), size: long(record, 40), start: long(record, 48) };
}

function requireStored(
  file: ByteFile,
  name: string,
  { view, at, kind }: { view: DataView; at: number; kind: ZipKind },
): void {
  const encrypted = (view.getUint16(at + 8, true) & 1) !== 0;
  const method = view.getUint16(at + 10, true);
  if (!encrypted && method === 0) return;
  throw new CheckpointError(
    `${file.path}: members of ${kind.name} must be stored as they are, got "${name}" ${encrypted ? 'encrypted' : 'compressed'}. ${kind.advice}`,
  );
}

/** Sizes and place; those of 4 GiB and more stand in the extra field 1, in this order. */
function memberOf(view: DataView, at: number, extra: number, extraEnd: number): ZipMember {
  const packed = view.getUint32(at + 20, true);
  let size = view.getUint32(at + 24, true);
  let header = view.getUint32(at + 42, true);
  for (let field = extra; field + 4 <= extraEnd; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let next = field + 4;
    if (size === most32 && next + 8 <= extraEnd) [size, next] = [long(view, next), next + 8];
    if (packed === most32) next += 8;
    if (header === most32 && next + 8 <= extraEnd) header = long(view, next);
  }
  return { size, header, crc: view.getUint32(at + 16, true) };
}

/** The error for a zip file that is not as it must be. */
export const damaged = ({ path }: ByteFile): CheckpointError =>
  new CheckpointError(`${path}: the zip file is damaged or was cut short. Copy or save it again.`);
