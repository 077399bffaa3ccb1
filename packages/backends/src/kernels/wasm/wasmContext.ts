import { util, type DataType, type KernelBackend, type TensorInfo, type TypedArray } from '@tensorflow/tfjs-core';
import { guardMemory, type WasmMemory } from './guardMemory.js';
import { threadedFunctions } from './threads/threadedFunctions.js';
import { WorkerPool } from './threads/workerPool.js';
import { instantiateKernels, type WasmFunctions, type WasmModule } from './wasmModule.js';

/** What the kernels use of TensorFlow.js' wasm backend. */
interface WasmBackend {
  readonly wasm: WasmMemory & {
    _free(address: number): void;
    readonly asm?: { readonly memory?: object };
    /** Where the module doesn't bring its memory along: one that is shared. */
    readonly wasmMemory?: object;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  incRef(dataId: object): void;
  disposeData(dataId: object): boolean;
  readSync(dataId: object): unknown;
  dispose(): void;
}

/** The compiled functions, over several threads that end with the backend where more than one is asked for. */
async function functionsOf(compiled: WasmModule, threads: number, backend: WasmBackend): Promise<WasmFunctions> {
  if (threads === 1) return compiled.functions;
  const pool = await WorkerPool.start(compiled, threads);
  const dispose = backend.dispose.bind(backend);
  backend.dispose = () => {
    pool.close();
    dispose();
  };
  return threadedFunctions(compiled.functions, pool);
}

const contexts = new WeakMap<object, WasmContext>();

/** Addresses of tensors, new tensors and scratch memory for the kernels of one wasm backend. */
export class WasmContext {
  private scratchAddress = 0;
  private scratchBytes = 0;

  private constructor(
    private readonly backend: WasmBackend,
    readonly functions: WasmFunctions,
  ) {}

  /** Prepares a backend's kernels; undefined where its memory can't be had. Threads need a memory that is shared. */
  static async open(backend: KernelBackend, threads = 1): Promise<WasmContext | undefined> {
    const known = contexts.get(backend);
    if (known) return known;
    const wasmBackend = backend as unknown as WasmBackend;
    const memory = wasmBackend.wasm.asm?.memory ?? wasmBackend.wasm.wasmMemory;
    if (!memory) return undefined;
    guardMemory(wasmBackend.wasm);
    const compiled = await instantiateKernels(memory);
    const context = new WasmContext(wasmBackend, await functionsOf(compiled, threads, wasmBackend));
    contexts.set(backend, context);
    return context;
  }

  /** The context of the backend a kernel is called with. */
  static of(backend: unknown): WasmContext {
    const context = contexts.get(backend as object);
    if (!context) throw new Error('wasm kernels: this wasm backend was not opened by openBackend.');
    return context;
  }

  /** Where a tensor's values lie. */
  address({ dataId }: TensorInfo): number {
    return this.backend.dataIdMap.get(dataId).memoryOffset;
  }

  /** A new tensor with arbitrary values. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    return this.backend.makeOutput([...shape], dtype);
  }

  /** Frees a tensor that was not given out. */
  discard({ dataId }: TensorInfo): void {
    this.backend.disposeData(dataId);
  }

  /** Another tensor of the same values. */
  share({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    this.backend.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** A new float32 tensor of zeros. */
  zeros(shape: readonly number[]): TensorInfo {
    const tensor = this.output(shape);
    this.clear(this.address(tensor), 4 * util.sizeFromShape([...shape]));
    return tensor;
  }

  /** Sets memory to zeros. */
  clear(address: number, bytes: number): void {
    this.backend.wasm.HEAPU8.fill(0, address, address + bytes);
  }

  /** Memory that is free to use until the kernel returns; one block per kernel call. */
  scratch(bytes: number): number {
    if (bytes > this.scratchBytes) {
      if (this.scratchAddress) this.backend.wasm._free(this.scratchAddress);
      this.scratchBytes = Math.ceil(bytes * 1.25);
      this.scratchAddress = this.backend.wasm._malloc(this.scratchBytes) >>> 0;
    }
    return this.scratchAddress;
  }

  /** A float32 tensor's values, as a view that the next allocation may end. */
  floats(tensor: TensorInfo): Float32Array {
    const size = util.sizeFromShape(tensor.shape);
    return new Float32Array(this.backend.wasm.HEAPU8.buffer, this.address(tensor), size);
  }

  /** Writes integers, such as a table of offsets, to an address. */
  writeIntegers(address: number, values: ArrayLike<number>): void {
    new Int32Array(this.backend.wasm.HEAPU8.buffer, address, values.length).set(values);
  }

  /** Reads the value of a scalar float32 tensor. */
  scalar(tensor: TensorInfo): number {
    return new Float32Array(this.backend.wasm.HEAPU8.buffer, this.address(tensor), 1)[0] ?? NaN;
  }

  /** Writes one float. */
  writeFloat(tensor: TensorInfo, value: number): void {
    new Float32Array(this.backend.wasm.HEAPU8.buffer, this.address(tensor), 1)[0] = value;
  }

  /** Writes floats to an address. */
  writeFloats(address: number, values: ArrayLike<number>): void {
    new Float32Array(this.backend.wasm.HEAPU8.buffer, address, values.length).set(values);
  }

  /** The values of an int32 or bool tensor, as a view that the next allocation may end. */
  integers(tensor: TensorInfo): Int32Array | Uint8Array {
    const { buffer } = this.backend.wasm.HEAPU8;
    const size = util.sizeFromShape(tensor.shape);
    const address = this.address(tensor);
    return tensor.dtype === 'bool' ? new Uint8Array(buffer, address, size) : new Int32Array(buffer, address, size);
  }

  /** A copy of a numeric tensor's values. */
  copyOut(tensor: TensorInfo): TypedArray {
    return this.backend.readSync(tensor.dataId) as TypedArray;
  }

  /** Overwrites a tensor's values. */
  copyIn(tensor: TensorInfo, values: TypedArray): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.backend.wasm.HEAPU8.set(bytes, this.address(tensor));
  }
}
