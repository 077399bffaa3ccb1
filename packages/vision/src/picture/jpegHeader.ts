// What must be known of a JPEG before its pixels are decoded, from its markers (ITU-T T.81, Annex B; Exif 2.3, 4.6).

/** Width and height in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

const startOfFrame: readonly number[] = [0xc0, 0xc1, 0xc2]; // baseline, extended, progressive; Huffman-coded
const startOfScan = 0xda;
const exifMarker = 0xe1;
const orientationTag = 0x0112;

/**
 * The size of a JPEG of 8 bits in grey or three colours that stands upright as it is stored; undefined for every other
 * one, for what is no JPEG, and for one that lacks its end.
 */
export function plainJpegSize(bytes: Uint8Array): PixelSize | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  if (bytes.at(-2) !== 0xff || bytes.at(-1) !== 0xd9) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: PixelSize | undefined;
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff) return undefined;
    if (marker === startOfScan) return size;
    const end = at + 2 + view.getUint16(at + 2);
    if (end < at + 4 || end > bytes.length) return undefined;
    const segment = new DataView(bytes.buffer, bytes.byteOffset + at + 4, end - at - 4);
    if (marker === exifMarker && !standsUpright(segment)) return undefined;
    if (isFrame(marker)) {
      size = startOfFrame.includes(marker) ? plainFrame(segment) : undefined;
      if (!size) return undefined;
    }
    at = end;
  }
  return undefined;
}

/** Markers of frames are C0 to CF without tables of codes (C4, CC) and what is reserved (C8). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function plainFrame(segment: DataView): PixelSize | undefined {
  if (segment.byteLength < 6) return undefined;
  const [precision, height, width] = [segment.getUint8(0), segment.getUint16(1), segment.getUint16(3)];
  const channels = segment.getUint8(5);
  const plain = precision === 8 && (channels === 1 || channels === 3) && width > 0 && height > 0;
  return plain ? { width, height } : undefined;
}

/** Whether a segment asks for no rotation: it is no Exif, or its orientation is 1 or missing. */
function standsUpright(segment: DataView): boolean {
  const start = 6; // "Exif", two zeros
  if (segment.byteLength < start + 8 || segment.getUint32(0) !== 0x45786966) return true;
  const little = segment.getUint16(start) === 0x4949;
  const first = start + segment.getUint32(start + 4, little);
  if (first + 2 > segment.byteLength) return true;
  const count = segment.getUint16(first, little);
  for (let i = 0, at = first + 2; i < count && at + 12 <= segment.byteLength; i++, at += 12) {
    if (segment.getUint16(at, little) === orientationTag) return segment.getUint16(at + 8, little) === 1;
  }
  return true;
}
