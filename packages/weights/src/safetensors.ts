// The safetensors format: 8 bytes length of the header (little endian), a JSON header, then the tensors' bytes.
// Source: huggingface/safetensors, README "Format".
import { CheckpointError } from '@tessera/core';

/** Element types read; F32 alone is written. */
export type SafetensorsType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** One tensor's entry in the header. */
export interface SafetensorsEntry {
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  /** First byte and the byte after the last, counted from the end of the header. */
  readonly data_offsets: readonly [number, number];
}

/** A parsed header. */
export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensors' bytes start in the file. */
  readonly dataStart: number;
  /** Size that the file must have. */
  readonly fileSize: number;
}

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<SafetensorsType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** Largest header accepted, as in the reference implementation: 100 MB. */
const maxHeaderBytes = 100_000_000;

/**
 * Parses a header. `name` stands in messages, `fileSize` is the real size of the file.
 * @throws CheckpointError when the header is damaged or the file is shorter or longer than it says.
 */
export function parseSafetensorsHeader(headerBytes: Uint8Array, name: string, fileSize: number): SafetensorsHeader {
  const length = headerLength(headerBytes, name, fileSize);
  const header = parseJson(new TextDecoder().decode(headerBytes.subarray(8, 8 + length)), name);
  const { __metadata__: metadata, ...rest } = header;
  const entries = new Map(Object.entries(rest).map(([tensor, value]) => [tensor, checkEntry(value, tensor, name)]));
  const end = requireContiguous(entries, name);
  const dataStart = 8 + length;
  if (fileSize !== dataStart + end) {
    throw new CheckpointError(
      `${name}: the file must have ${dataStart + end} bytes by its own header, got ${fileSize}. It was cut short or damaged; copy or save it again.`,
    );
  }
  return { entries, metadata: (metadata ?? {}) as Record<string, string>, dataStart, fileSize };
}

/** Where the last tensor ends. Throws CheckpointError where tensors overlap or leave bytes between them unused. */
function requireContiguous(entries: ReadonlyMap<string, SafetensorsEntry>, name: string): number {
  const byPlace = [...entries].sort(([, a], [, b]) => compareOffsets(a.data_offsets, b.data_offsets));
  let end = 0;
  for (const [tensor, { data_offsets: offsets }] of byPlace) {
    if (offsets[0] !== end)
      throw new CheckpointError(
        `${name}: tensor "${tensor}" must start at byte ${end}, where the one before it ends, got ${offsets[0]}. The file is damaged.`,
      );
    end = offsets[1];
  }
  return end;
}

type Offsets = SafetensorsEntry['data_offsets'];
const compareOffsets = (a: Offsets, b: Offsets): number => a[0] - b[0] || a[1] - b[1];

/** Length in bytes of the JSON header, from the first 8 bytes. Throws CheckpointError when it cannot be one. */
export function headerLength(bytes: Uint8Array, name: string, fileSize: number): number {
  const damaged = (what: string): CheckpointError =>
    new CheckpointError(`${name}: not a safetensors file, ${what}. It was cut short or is of another format.`);
  if (bytes.length < 8) throw damaged(`got ${fileSize} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  const length = Number(view.getBigUint64(0, true));
  if (length > maxHeaderBytes || length + 8 > fileSize)
    throw damaged(`its header claims ${length} bytes of ${fileSize}`);
  return length;
}

function parseJson(text: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new CheckpointError(`${name}: the safetensors header is not JSON. The file is damaged.`, { cause: error });
  }
  throw new CheckpointError(`${name}: the safetensors header must be a JSON object. The file is damaged.`);
}

function checkEntry(value: unknown, tensor: string, name: string): SafetensorsEntry {
  const entry = value as Partial<SafetensorsEntry> | null;
  const { dtype, shape, data_offsets: offsets } = entry ?? {};
  const valid =
    dtype !== undefined &&
    Array.isArray(shape) &&
    shape.every((d) => Number.isSafeInteger(d) && d >= 0) &&
    Array.isArray(offsets) &&
    (offsets as readonly number[]).length === 2 &&
    offsets.every((o) => Number.isSafeInteger(o) && o >= 0);
  if (!valid) throw new CheckpointError(`${name}: tensor "${tensor}" has a damaged entry in the header.`);
  if (!(dtype in bytesPerElement)) {
    throw new CheckpointError(
      `${name}: tensor "${tensor}" must be one of ${Object.keys(bytesPerElement).join(', ')}, got ${dtype}. Convert it first.`,
    );
  }
  const size = shape.reduce((product, dimension) => product * dimension, 1) * bytesPerElement[dtype];
  if (offsets[1] - offsets[0] !== size) {
    throw new CheckpointError(
      `${name}: tensor "${tensor}" must take ${size} bytes, got ${offsets[1] - offsets[0]}. The file is damaged.`,
    );
  }
  return entry as SafetensorsEntry;
}

/**
 * Bytes to a multiple of which a header is padded: arrays of 16 values or multiples then lie where TensorFlow can compute
 * with the file's own pages. The format asks for 8.
 */
const headerMultiple = 64;

/** Writes the header for float32 tensors in the given order, padded with spaces. */
export function safetensorsHeader(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  let offset = 0;
  const header: Record<string, unknown> = Object.keys(metadata).length ? { __metadata__: metadata } : {};
  for (const { name, shape } of tensors) {
    const size = 4 * shape.reduce((product, dimension) => product * dimension, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + size] };
    offset += size;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil((8 + json.length) / headerMultiple) * headerMultiple).fill(0x20);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  padded.set(json, 8);
  return padded;
}

/** The bytes of a tensor as float32, in the same memory where they are float32. 64-bit integers become the nearest float32. */
export function decodeToFloat32(bytes: Uint8Array<ArrayBuffer>, dtype: SafetensorsType): Float32Array {
  const aligned = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
  switch (dtype) {
    case 'F32':
      return new Float32Array(aligned);
    case 'F64':
      return Float32Array.from(new Float64Array(aligned));
    case 'F16':
      return Float32Array.from(new Uint16Array(aligned), halfToFloat);
    case 'BF16':
      return new Float32Array(Uint32Array.from(new Uint16Array(aligned), (half) => half << 16).buffer);
    case 'I64':
      return Float32Array.from(new BigInt64Array(aligned), Number);
    case 'I32':
      return Float32Array.from(new Int32Array(aligned));
    case 'I16':
      return Float32Array.from(new Int16Array(aligned));
    case 'I8':
      return Float32Array.from(new Int8Array(aligned));
    case 'U8':
    case 'BOOL':
      return Float32Array.from(new Uint8Array(aligned));
  }
}

/** IEEE 754 half precision → number. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
