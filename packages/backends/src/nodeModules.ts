// Node's modules, asked for where they are used: the main entry is loaded by browsers too.
import type * as cryptoModule from 'node:crypto';
import type * as fsModule from 'node:fs';
import type * as osModule from 'node:os';
import type * as pathModule from 'node:path';
import type * as workerThreadsModule from 'node:worker_threads';

type Process = typeof process;

const own = (globalThis as { process?: Process }).process;

/** Whether this is Node and not a browser. */
export const inNode = typeof own?.getBuiltinModule === 'function';

/** Node's process. */
export const nodeProcess = (): Process => own as Process;

/** The process' variables; none in a browser. */
export const environment = (): Record<string, string | undefined> => own?.env ?? {};

/** Files. */
export const fs = (): typeof fsModule => nodeProcess().getBuiltinModule('node:fs');

/** Paths. */
export const path = (): typeof pathModule => nodeProcess().getBuiltinModule('node:path');

/** The machine. */
export const os = (): typeof osModule => nodeProcess().getBuiltinModule('node:os');

/** Hashes. */
export const crypto = (): typeof cryptoModule => nodeProcess().getBuiltinModule('node:crypto');

/** Threads. */
export const workerThreads = (): typeof workerThreadsModule => nodeProcess().getBuiltinModule('node:worker_threads');

/** A `require` that looks from a file, which need not exist. */
export const requireFrom = (file: string): NodeJS.Require =>
  nodeProcess().getBuiltinModule('node:module').createRequire(file);
