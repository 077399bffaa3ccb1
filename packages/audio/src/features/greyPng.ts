// A PNG file of greys, without compression, so that it needs no library and may be made in a browser.
// Source: W3C, Portable Network Graphics (second edition); RFC 1950 and 1951 for the data stream.

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;
/** Most bytes of a stored block (RFC 1951, section 3.2.4). */
const blockLength = 0xffff;

/**
 * Greys (0 black to 255), row by row from the top, as a PNG file.
 * @param shades - [height · width]
 */
export function greyPng(shades: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const height = shades.length / width;
  const rows = new Uint8Array(height * (width + 1)); // each row after its filter, 0 for none
  for (let y = 0; y < height; y++) rows.set(shades.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = [...word(width), ...word(height), 8, 0, 0, 0, 0]; // 8 bits, grey
  const parts = [
    Uint8Array.from(signature),
    chunk('IHDR', Uint8Array.from(header)),
    chunk('IDAT', stored(rows)),
    chunk('IEND', new Uint8Array()),
  ];
  return joined(parts);
}

const word = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const named = joined([Uint8Array.from(type, (letter) => letter.charCodeAt(0)), data]);
  return joined([Uint8Array.from(word(data.length)), named, Uint8Array.from(word(crc32(named)))]);
}

/** A zlib stream of stored blocks. */
function stored(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < data.length; at += blockLength) {
    const block = data.subarray(at, at + blockLength);
    const [low, high] = [block.length & 0xff, block.length >>> 8];
    const isLast = at + blockLength >= data.length;
    parts.push(Uint8Array.of(isLast ? 1 : 0, low, high, 0xff - low, 0xff - high), block);
  }
  parts.push(Uint8Array.from(word(adler32(data))));
  return joined(parts);
}

function crc32(data: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of data) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  }
  return ~remainder >>> 0;
}

function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
