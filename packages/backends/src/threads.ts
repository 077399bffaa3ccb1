// How many threads a backend computes with. Native TensorFlow reads the number once, when its library is loaded.
import { BackendError } from '@tessera/core';
import { environment, fs, inNode, os } from './nodeModules.js';

/** The number asked for, by option or by TESSERA_THREADS; undefined where none is.
 * @throws BackendError for what is no number of threads */
export function threadsAsked(option: number | undefined): number | undefined {
  const variable = environment()['TESSERA_THREADS'];
  const asked = option ?? (variable ? Number(variable) : undefined);
  if (asked === undefined || (Number.isInteger(asked) && asked >= 1)) return asked;
  const given = option === undefined ? `TESSERA_THREADS="${variable ?? ''}"` : `threads=${option}`;
  throw new BackendError(
    `openBackend: threads must be a whole number of at least 1, got ${given}. Leave it out for the default.`,
  );
}

/** Cores of the processor that this process may use; two threads of one core count once. */
export function physicalCores(): number {
  if (!inNode) return 1;
  const usable = os().availableParallelism();
  return Math.min(usable, linuxCores() ?? usable);
}

function linuxCores(): number | undefined {
  const { existsSync, readdirSync, readFileSync } = fs();
  const root = '/sys/devices/system/cpu';
  if (!existsSync(root)) return undefined;
  const siblings = readdirSync(root)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => `${root}/${name}/topology/thread_siblings_list`)
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));
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
  const variables = environment();
  if (loaded !== undefined && asked !== undefined && asked !== loaded) {
    throw new BackendError(
      `openBackend: threads cannot change once TensorFlow is loaded, got threads=${asked} after ${loaded}. ` +
        'Ask for them when the backend is opened first.',
    );
  }
  if (loaded !== undefined) return loaded;
  const names = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'] as const;
  const own = Number(variables[names[0]]);
  loaded = asked ?? (own >= 1 ? own : physicalCores());
  for (const name of names) {
    if (asked !== undefined || !variables[name]) variables[name] = String(loaded);
  }
  return loaded;
}
