// Resampling by WebAssembly with SIMD (assembly/), five times as fast as resample.ts; pictures come and go through its
// memory in blocks, so that it stays small.
import { resampleBinary } from './resampleBinary.js';
import type { RgbPixels } from './renderPlan.js';
import type { AxisWeights } from './resampling.js';

/** Bytes of pixels, and of the result, that a block may have; a single row may have more. */
const blockBytes = 4 * 1024 * 1024;
/** Larger rows are left to JavaScript. */
const mostBytes = 64 * 1024 * 1024;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface Kernel {
  readonly memory: Memory;
  readonly run: (...args: readonly number[]) => void;
}

interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (size: { initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
}

/** Which pixels of each row are needed, and how many bytes one takes in the kernel's memory. */
interface Stretch {
  readonly first: number;
  readonly end: number;
  readonly rowBytes: number;
}

let opened: { readonly kernel?: Kernel } | undefined;

/** As `resample`; undefined where WebAssembly lacks SIMD, and for pictures whose rows are too long. */
export function resampleWithSimd(pixels: RgbPixels, rows: AxisWeights, columns: AxisWeights): Float32Array | undefined {
  opened ??= openKernel();
  const stretch = stretchOf(columns);
  const needed = Math.max(...rows.lengths) * stretch.rowBytes;
  if (!opened.kernel || needed > mostBytes) return undefined;
  const output = new Float32Array(rows.count * columns.count * 3);
  for (let from = 0; from < rows.count;) {
    const to = endOfBlock(rows, from, { pixelRow: stretch.rowBytes, resultRow: columns.count * 12 });
    resampleBlock(opened.kernel, pixels, { rows, columns, stretch, from, to, output });
    from = to;
  }
  return output;
}

function openKernel(): { kernel?: Kernel } {
  const { WebAssembly: api } = globalThis as unknown as { WebAssembly?: WebAssemblyApi };
  const bytes = Uint8Array.from(atob(resampleBinary), (character) => character.charCodeAt(0));
  if (!api?.validate(bytes)) return {};
  const memory = new api.Memory({ initial: 1 });
  const { exports } = new api.Instance(new api.Module(bytes), { env: { memory } });
  return { kernel: { memory, run: exports['resample'] as Kernel['run'] } };
}

function stretchOf({ starts, lengths }: AxisWeights): Stretch {
  const first = Math.min(...starts);
  const end = starts.reduce((most, start, i) => Math.max(most, start + (lengths[i] ?? 0)), 0);
  return { first, end, rowBytes: align(3 * (end - first)) };
}

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** The row of the result before which a block that starts at `from` ends. */
function endOfBlock(rows: AxisWeights, from: number, bytes: { pixelRow: number; resultRow: number }): number {
  const first = rows.starts[from] ?? 0;
  const fits = (row: number): boolean =>
    ((rows.starts[row] ?? 0) + (rows.lengths[row] ?? 0) - first) * bytes.pixelRow <= blockBytes &&
    (row + 1 - from) * bytes.resultRow <= blockBytes;
  let to = from + 1;
  while (to < rows.count && fits(to)) to++;
  return to;
}

interface Block {
  readonly rows: AxisWeights;
  readonly columns: AxisWeights;
  readonly stretch: Stretch;
  readonly from: number;
  readonly to: number;
  readonly output: Float32Array;
}

function resampleBlock({ memory, run }: Kernel, pixels: RgbPixels, block: Block): void {
  const { rows, columns, stretch, from, to, output } = block;
  const first = rows.starts[from] ?? 0;
  const end = rows.starts
    .subarray(from, to)
    .reduce((most, s, i) => Math.max(most, s + (rows.lengths[from + i] ?? 0)), 0);
  const room = new Room();
  const rowTable = room.table(to - from, rows.stride);
  const columnTable = room.table(columns.count, columns.stride);
  const blended = room.take(4 * stretch.rowBytes + 16);
  const resultLength = (to - from) * columns.count * 3;
  const result = room.take(4 * resultLength + 16);
  const bytes = room.take((end - first) * stretch.rowBytes + 16);
  room.claim(memory);
  writeTable(memory, rowTable, rows, { from, to, base: first });
  writeTable(memory, columnTable, columns, { from: 0, to: columns.count, base: stretch.first });
  copyRows(new Uint8Array(memory.buffer, bytes), pixels, stretch, first, end);
  const { starts, lengths, weights } = columnTable;
  const { rowBytes } = stretch;
  run(
    ...[bytes, rowBytes, to - from, rowTable.starts, rowTable.lengths, rowTable.weights, rows.stride],
    ...[columns.count, starts, lengths, weights, columns.stride, blended, result],
  );
  output.set(new Float32Array(memory.buffer, result, resultLength), from * columns.count * 3);
}

/** Addresses of an axis' weights. */
interface Table {
  readonly starts: number;
  readonly lengths: number;
  readonly weights: number;
}

/** Hands out addresses from 0 on, then makes the memory large enough for them. */
class Room {
  private size = 0;

  take(bytes: number): number {
    const address = this.size;
    this.size += align(bytes);
    return address;
  }

  table(count: number, stride: number): Table {
    return { starts: this.take(4 * count), lengths: this.take(4 * count), weights: this.take(4 * count * stride) };
  }

  claim(memory: Memory): void {
    const missing = this.size - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
  }
}

function writeTable(
  { buffer }: Memory,
  table: Table,
  { starts, lengths, weights, stride }: AxisWeights,
  { from, to, base }: { from: number; to: number; base: number },
): void {
  new Int32Array(buffer, table.starts, to - from).set(starts.subarray(from, to).map((start) => start - base));
  new Int32Array(buffer, table.lengths, to - from).set(lengths.subarray(from, to));
  new Float32Array(buffer, table.weights, (to - from) * stride).set(weights.subarray(from * stride, to * stride));
}

function copyRows(to: Uint8Array, { data, width }: RgbPixels, stretch: Stretch, first: number, end: number): void {
  for (let y = first, at = 0; y < end; y++, at += stretch.rowBytes) {
    to.set(data.subarray((y * width + stretch.first) * 3, (y * width + stretch.end) * 3), at);
  }
}
