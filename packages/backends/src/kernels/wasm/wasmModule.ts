// Kernels compiled from assembly/ share the linear memory of TensorFlow.js' own wasm module: they take and leave tensors
// by address. They keep no data of their own and no stack in that memory, so the two modules can't disturb each other.
import { kernelBinary, relaxedKernelBinary } from './kernelBinary.js';

/** The compiled functions and how many numbers each takes; their arguments are documented in assembly/. */
const parameterCounts = {
  adamW: 18,
  adaptivePool: 9,
  adaptivePoolGradient: 10,
  addRowsById: 6,
  affine: 8,
  attentionContext: 9,
  attentionGradient: 15,
  attentionProbabilities: 10,
  attentionScratch: 3,
  batchNormGradient: 14,
  batchStatistics: 7,
  countedStatistics: 12,
  dropout: 5,
  foldStatistics: 7,
  gelu: 3,
  geluGradient: 4,
  gemmOuter: 14,
  gemmRows: 15,
  layerNorm: 9,
  layerNormGradient: 10,
  maxPoolGradient: 15,
  outerWork: 2,
  pack: 7,
  reluGradient: 4,
  repeatOffsets: 5,
  rowsById: 5,
  rowsWork: 2,
  sumOfSquares: 2,
  sumRows: 4,
  uniform: 3,
} as const;

type Name = keyof typeof parameterCounts;

/** A tuple of `Count` numbers. */
type Numbers<Count extends number, Collected extends number[] = []> = Collected['length'] extends Count
  ? Collected
  : Numbers<Count, [...Collected, number]>;

/** The compiled functions by name. */
export type WasmFunctions = {
  readonly [K in Name]: (...args: Numbers<(typeof parameterCounts)[K]>) => number;
};

/** The kernels compiled and tied to a memory. */
export interface WasmModule {
  readonly functions: WasmFunctions;
  /** WebAssembly.Module. */
  readonly module: object;
  /** WebAssembly.Memory. */
  readonly memory: object;
}

interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ exports: Record<string, unknown> }>;
}

const decode = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** How the module's import of a memory begins: module "env", name "memory", kind 2. The byte after it holds flags. */
const memoryImport = '\x03env\x06memory\x02';

const isShared = (memory: object): boolean =>
  typeof SharedArrayBuffer !== 'undefined' && (memory as { buffer: unknown }).buffer instanceof SharedArrayBuffer;

/** Makes a module take a shared memory: a flag of its import is all that differs, since kernels use no atomics. */
function asShared(bytes: Uint8Array): Uint8Array {
  const at = String.fromCharCode(...bytes.subarray(0, 4096)).indexOf(memoryImport);
  if (at < 0) throw new Error('wasm kernels: the module must import env.memory, got none. Run tools/buildKernels.mjs.');
  bytes[at + memoryImport.length] = 3; // with a maximum, shared
  return bytes;
}

/** Compiles the kernels over the given WebAssembly.Memory. */
export async function instantiateKernels(memory: object): Promise<WasmModule> {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const relaxed = decode(relaxedKernelBinary);
  const bytes = WebAssembly.validate(relaxed) ? relaxed : decode(kernelBinary);
  const module = await WebAssembly.compile(isShared(memory) ? asShared(bytes) : bytes);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  for (const [name, count] of Object.entries(parameterCounts)) {
    const found = (exports[name] as { length?: number } | undefined)?.length;
    if (found !== count) {
      throw new Error(`wasm kernels: ${name} must take ${count} numbers, got ${found}. Run tools/buildKernels.mjs.`);
    }
  }
  return { functions: exports as unknown as WasmFunctions, module, memory };
}
