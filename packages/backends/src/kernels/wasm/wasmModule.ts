// Kernels compiled from assembly/ share the linear memory of TensorFlow.js' own wasm module: they take and leave tensors
// by address. They keep no data of their own and no stack in that memory, so the two modules can't disturb each other.
import { kernelBinary } from './kernelBinary.js';

type Kernel = (...args: number[]) => number;

const names = [
  'addRowsById',
  'adamW',
  'adaptivePool',
  'adaptivePoolGradient',
  'affine',
  'attentionContext',
  'attentionGradient',
  'attentionProbabilities',
  'attentionScratch',
  'batchNormGradient',
  'batchStatistics',
  'dropout',
  'foldStatistics',
  'gelu',
  'geluGradient',
  'gemmOuter',
  'gemmRows',
  'layerNorm',
  'layerNormGradient',
  'maxPoolGradient',
  'pack',
  'reluGradient',
  'repeatOffsets',
  'rowsById',
  'sumOfSquares',
  'sumRows',
  'uniform',
] as const;

/** The compiled functions by name; their arguments are documented in assembly/. */
export type WasmFunctions = Readonly<Record<(typeof names)[number], Kernel>>;

interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
}

/** Compiles the kernels over the given WebAssembly.Memory. */
export async function instantiateKernels(memory: object): Promise<WasmFunctions> {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
  const bytes = Uint8Array.from(atob(kernelBinary), (character) => character.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const missing = names.filter((name) => typeof instance.exports[name] !== 'function');
  if (missing.length > 0)
    throw new Error(`wasm kernels: the module lacks ${missing.join(', ')}. Run tools/buildKernels.mjs.`);
  return instance.exports as unknown as WasmFunctions;
}
