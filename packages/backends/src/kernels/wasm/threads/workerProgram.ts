// What a worker thread runs. It is a text, so that it needs no file beside the package, bundled or not.

/** Words of the control block that all threads share. */
export const PENDING = 0;
/** Not 0 after a kernel failed on a worker. */
export const FAILED = 1;

/** The word that counts a worker's calls; on a cache line of its own. */
export const turnOf = (worker: number): number => 16 * (worker + 1);

/** Numbers of a worker's call: which function, how many arguments, and these. */
export const CALL_SIZE = 32;

/**
 * Waits for calls and makes them, until the thread is ended. A futex takes some ten microseconds to wake a thread, so
 * that a worker looks for the next call for about as long before it sleeps.
 */
export const workerProgram = `
const { parentPort, workerData } = require('node:worker_threads');
const { module, memory, names, control, own, turnAt, spins } = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const functions = names.map((name) => exports[name]);
let turn = Atomics.load(control, turnAt);
parentPort.postMessage('ready');
for (;;) {
  for (let i = 0; i < spins && Atomics.load(control, turnAt) === turn; i++);
  while (Atomics.load(control, turnAt) === turn) Atomics.wait(control, turnAt, turn);
  turn = (turn + 1) | 0; // as the counted word wraps
  try {
    functions[own[0]](...own.subarray(2, 2 + own[1]));
  } catch {
    Atomics.store(control, ${FAILED}, 1);
  }
  if (Atomics.sub(control, ${PENDING}, 1) === 1) Atomics.notify(control, ${PENDING});
}
`;
