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
  batchNormGradient: 13,
  batchStatistics: 7,
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

interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
}

const decode = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** Compiles the kernels over the given WebAssembly.Memory. */
export async function instantiateKernels(memory: object): Promise<WasmFunctions> {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const relaxed = decode(relaxedKernelBinary);
  const bytes = WebAssembly.validate(relaxed) ? relaxed : decode(kernelBinary);
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  for (const [name, count] of Object.entries(parameterCounts)) {
    const found = (instance.exports[name] as { length?: number } | undefined)?.length;
    if (found !== count) {
      throw new Error(`wasm kernels: ${name} must take ${count} numbers, got ${found}. Run tools/buildKernels.mjs.`);
    }
  }
  return instance.exports as unknown as WasmFunctions;
}
