// How many threads native TensorFlow computes with. It reads the number once, when its library is loaded.
import { BackendError } from '@tessera/core';

type Process = typeof process;

/** Node's process; undefined in a browser. */
const node = (globalThis as { process?: Process }).process;

/** The number asked for, by option or by TESSERA_THREADS; undefined where none is.
 * @throws BackendError for what is no number of threads */
export function threadsAsked(option: number | undefined): number | undefined {
  const variable = node?.env['TESSERA_THREADS'];
  const asked = option ?? (variable ? Number(variable) : undefined);
  if (asked === undefined || (Number.isInteger(asked) && asked >= 1)) return asked;
  const given = option === undefined ? `TESSERA_THREADS="${variable ?? ''}"` : `threads=${option}`;
  throw new BackendError(
    `openBackend: threads must be a whole number of at least 1, got ${given}. Leave it out for all physical cores.`,
  );
}

/** Cores of the processor that this process may use; two threads of one core count once. */
export function physicalCores(): number {
  const os = node?.getBuiltinModule('node:os');
  if (!os) return 1;
  const usable = os.availableParallelism();
  return Math.min(usable, linuxCores() ?? usable);
}

function linuxCores(): number | undefined {
  const fs = node?.getBuiltinModule('node:fs');
  const root = '/sys/devices/system/cpu';
  if (!fs?.existsSync(root)) return undefined;
  const siblings = fs
    .readdirSync(root)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => `${root}/${name}/topology/thread_siblings_list`)
    .filter((file) => fs.existsSync(file))
    .map((file) => fs.readFileSync(file, 'utf8'));
  return new Set(siblings).size || undefined;
}

/** The number that TensorFlow was loaded with. */
let loaded: number | undefined;

/** The number that TensorFlow computes with; 1 before it is loaded. */
export const tensorflowThreads = (): number => loaded ?? 1;

/**
 * Tells TensorFlow, before its library is loaded, how many threads to use. What the user set in TensorFlow's own
 * variables stays.
 * @returns the number in effect
 * @throws BackendError when the library is loaded already with another number than asked for
 */
export function setTensorflowThreads(asked: number | undefined): number {
  const environment = node?.env ?? {};
  if (loaded !== undefined && asked !== undefined && asked !== loaded) {
    throw new BackendError(
      `openBackend: threads cannot change once TensorFlow is loaded, got threads=${asked} after ${loaded}. ` +
        'Ask for them when the backend is opened first.',
    );
  }
  if (loaded !== undefined) return loaded;
  const variables = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'] as const;
  const own = Number(environment[variables[0]]);
  loaded = asked ?? (own >= 1 ? own : physicalCores());
  for (const name of variables) {
    if (asked !== undefined || !environment[name]) environment[name] = String(loaded);
  }
  return loaded;
}
