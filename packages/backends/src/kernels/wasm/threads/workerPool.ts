// Worker threads that run kernels over the backend's shared memory. The calling thread takes a share of its own and then
// waits for the others, so that a kernel has returned when its call does.
import type { Worker } from 'node:worker_threads';
import { BackendError } from '@tessera/core';
import { workerThreads } from '../../../nodeModules.js';
import type { WasmFunctions, WasmModule } from '../wasmModule.js';
import { CALL_SIZE, FAILED, PENDING, turnOf, workerProgram } from './workerProgram.js';

/** How often a thread looks before it sleeps: about 20 µs. */
const SPINS = 2000;

/** A kernel's arguments. */
export type Call = readonly number[];

/** The threads of one wasm backend. */
export class WorkerPool {
  private readonly control: Int32Array;
  private readonly calls: Float64Array;
  private readonly names: readonly string[];
  private workers: readonly Worker[] = [];

  private constructor(
    private readonly compiled: WasmModule,
    /** Threads with the calling one. */
    readonly threads: number,
  ) {
    this.names = Object.keys(compiled.functions);
    this.control = new Int32Array(new SharedArrayBuffer(4 * turnOf(threads)));
    this.calls = new Float64Array(new SharedArrayBuffer(8 * CALL_SIZE * threads));
  }

  /** Starts threads - 1 workers and waits until they are ready. They don't keep the process alive. */
  static async start(compiled: WasmModule, threads: number): Promise<WorkerPool> {
    const pool = new WorkerPool(compiled, threads);
    try {
      pool.workers = await Promise.all(Array.from({ length: threads - 1 }, (_, worker) => pool.startWorker(worker)));
    } catch (error) {
      throw new BackendError(
        `wasm: worker threads must start, got threads=${threads}: ${(error as Error).message}. Ask for fewer (--threads).`,
        { cause: error },
      );
    }
    return pool;
  }

  private startWorker(worker: number): Promise<Worker> {
    const { module, memory } = this.compiled;
    const { control, names } = this;
    const own = this.calls.subarray(CALL_SIZE * worker, CALL_SIZE * (worker + 1));
    const thread = new (workerThreads().Worker)(workerProgram, {
      eval: true,
      execArgv: [],
      workerData: { module, memory, names, control, own, turnAt: turnOf(worker), spins: SPINS },
    });
    return new Promise((resolve, reject) => {
      thread.once('error', reject);
      thread.once('message', () => {
        thread.unref();
        resolve(thread);
      });
    });
  }

  /** Makes each of the calls on a thread of its own; at most as many as there are threads. */
  run(name: keyof WasmFunctions, calls: readonly Call[]): void {
    const [own, ...others] = calls;
    const { control } = this;
    const index = this.names.indexOf(name);
    Atomics.store(control, PENDING, others.length);
    others.forEach((call, worker) => {
      this.calls.set([index, call.length, ...call], CALL_SIZE * worker);
      Atomics.add(control, turnOf(worker), 1);
      Atomics.notify(control, turnOf(worker));
    });
    try {
      if (own) (this.compiled.functions[name] as (...args: number[]) => number)(...own);
    } finally {
      this.wait();
    }
    if (Atomics.exchange(control, FAILED, 0)) throw new Error(`wasm kernels: ${name} failed on a worker thread.`);
  }

  private wait(): void {
    const { control } = this;
    for (let i = 0; i < SPINS && Atomics.load(control, PENDING) > 0; i++);
    for (let left = Atomics.load(control, PENDING); left > 0; left = Atomics.load(control, PENDING)) {
      Atomics.wait(control, PENDING, left);
    }
  }

  /** Ends the workers; safe to call twice. */
  close(): void {
    for (const worker of this.workers) void worker.terminate();
    this.workers = [];
  }
}
