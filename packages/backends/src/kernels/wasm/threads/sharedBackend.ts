// TensorFlow.js' wasm backend on memory that worker threads can share. TensorFlow.js' own module for threads keeps its
// tensors in such memory, but its threads are of no use in Node: they are blobs, which Node's workers don't run, they
// serve the few kernels that Tessera has its own for, and eight start whatever the number asked for. So it is loaded with
// one thread, and stand-ins for the others.
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { nodeProcess } from '../../../nodeModules.js';
import { importPackage } from '../../../providers/importPackage.js';

const threadedModule = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js';

/** What is used of Emscripten's module. */
interface EmscriptenModule {
  cwrap(name: string, result: 'number' | null, parameters: readonly 'number'[]): unknown;
  tfjs?: object;
}

type Factory = (config: object) => Promise<EmscriptenModule>;

/** Answers as one of Emscripten's workers that was loaded, and never runs anything. */
class StandInWorker {
  onmessage?: (event: { data: object }) => void;

  postMessage({ cmd }: { readonly cmd?: string }): void {
    if (cmd === 'load') queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }));
  }

  readonly on = (): void => undefined;
  readonly unref = (): void => undefined;
  readonly terminate = (): void => undefined;
}

/** Opens TensorFlow.js' backend; it is not registered. */
export async function openSharedBackend(): Promise<KernelBackend> {
  const { BackendWasm, setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  const found = (await importPackage(threadedModule)) as { readonly default: Factory };
  const module = await loadQuietly(found.default);
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
  setThreadsCount(1);
  return new BackendWasm(module as never);
}

/** Emscripten sets a global `Worker` and listens to the process' errors, which it throws again; neither stays. */
function loadQuietly(factory: Factory): Promise<EmscriptenModule> {
  const process = nodeProcess();
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'uncaughtException'));
  const worker = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  Object.defineProperty(globalThis, 'Worker', { configurable: true, get: () => StandInWorker, set: () => undefined });
  try {
    return factory({});
  } finally {
    delete (globalThis as { Worker?: unknown }).Worker;
    if (worker) Object.defineProperty(globalThis, 'Worker', worker);
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before[i]?.includes(listener)) process.removeListener(event, listener);
      }
    });
  }
}
