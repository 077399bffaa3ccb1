// ffmpeg plays most files that were cut short as far as they go and says nothing. Where a container tells how long it is,
// that is compared here: RIFF (AVI, WebP), the boxes of MP4 and MOV (ISO/IEC 14496-12) and Matroska's segment (RFC 9559).
// MPEG streams, FLV and recordings whose writer did not know the end do not tell.
import { damagedVideo } from './videoErrors.js';
import type { VideoSource } from './videoSource.js';

/** Fails when a file has fewer bytes than its container says. */
export async function requireWhole(source: VideoSource): Promise<void> {
  const claimed = await source.read(async (part) => claimedSize(await part(0, 64), part));
  if (claimed === undefined || claimed <= source.size) return;
  throw damagedVideo(source.name, `it should have ${claimed} bytes and has ${source.size}`);
}

type ReadPart = (at: number, length: number) => Promise<Uint8Array>;

/** How many bytes a container says it has; undefined where it doesn't tell. */
async function claimedSize(head: Uint8Array, part: ReadPart): Promise<number | undefined> {
  const view = viewOf(head);
  if (head.length < 12) return undefined;
  if (view.getUint32(0) === ebmlHeader) return segmentEnd(head);
  if (word(view, 0) === 'RIFF') return riffEnd(view.getUint32(4, true));
  return boxes.has(word(view, 4)) ? boxesEnd(part) : undefined;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const word = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

/** 0 and sizes near the largest are what writers leave that were stopped, or did not know the end. */
const riffEnd = (size: number): number | undefined => (size === 0 || size >= 0xfffffff0 ? undefined : 8 + size);

const ebmlHeader = 0x1a45dfa3;
const segment = 0x18538067;

/** The end of the segment that comes after the header. */
function segmentEnd(head: Uint8Array): number | undefined {
  const header = readLength(head, 4);
  if (header?.value === undefined) return undefined;
  const at = header.end + header.value;
  if (at + 4 > head.length || viewOf(head).getUint32(at) !== segment) return undefined;
  const { value, end } = readLength(head, at + 4) ?? {};
  return value === undefined || end === undefined ? undefined : end + value;
}

/** A length of EBML (RFC 8794, section 6): as many bytes as the first has leading zeros and one; all ones is unknown. */
function readLength(bytes: Uint8Array, at: number): { readonly value?: number; readonly end: number } | undefined {
  const first = bytes[at] ?? 0;
  const extra = Math.clz32(first) - 24;
  const end = at + extra + 1;
  if (first === 0 || end > bytes.length) return undefined;
  const mask = 0x7f >> extra;
  const rest = bytes.subarray(at + 1, end);
  if ((first & mask) === mask && rest.every((byte) => byte === 0xff)) return { end };
  return { value: rest.reduce((value, byte) => value * 256 + byte, first & mask), end };
}

/** Boxes that stand at the top of a file; what has another name may be anything that was appended. */
const boxes = new Set(
  'ftyp moov mdat moof mfra free skip wide pnot uuid udta meta sidx ssix styp pdin emsg prft'.split(' '),
);

/** The end of the last box. */
async function boxesEnd(part: ReadPart): Promise<number> {
  for (let at = 0; ;) {
    const header = viewOf(await part(at, 16));
    if (header.byteLength < 8 || !boxes.has(word(header, 4))) return at;
    const short = header.getUint32(0);
    if (short === 0) return at; // as far as the file goes
    if (short === 1 && header.byteLength < 16) return at + 16;
    const size = short === 1 ? Number(header.getBigUint64(8)) : short;
    if (size < 8) return at;
    at += size;
  }
}
