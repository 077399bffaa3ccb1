import { BackendError, type FunctionRunner, type TensorReader } from '@tessera/core';
import { registerGradients } from '@tessera/layers';
import { inspectBackend, inspectBackends, providerOf, providers, type BackendReport } from './inspectBackends.js';
import type { PictureRenderer } from './native/nativePictures.js';
import { environment } from './nodeModules.js';
import {
  backendNames,
  type BackendName,
  type BackendProvider,
  type CaptureOptions,
  type ComputeOptions,
} from './provider.js';
import { threadsAsked } from './threads.js';

/** Which backend to open. */
export interface OpenBackendOptions extends CaptureOptions, ComputeOptions {
  /** A name, or `auto` for the first that works. `TESSERA_BACKEND` stands in where this is left out. */
  readonly backend?: BackendName | 'auto';
}

/** The backend that runs now. */
export interface OpenedBackend {
  readonly name: BackendName;
  /** What runs, with its version: `TensorFlow 2.21.0 on the CPU, 2 threads`. */
  readonly description: string;
  /** Why this one, in a line for a person. */
  readonly reason: string;
  /** What was looked at on the way, in the order of choice. */
  readonly tried: readonly BackendReport[];
  /** Threads that it computes with. */
  readonly threads: number;
  /** Captures whole functions as graphs; absent where the backend runs operation by operation. */
  readonly runner?: FunctionRunner;
  /** Brings arrays from files to the backend; absent where they go by way of JavaScript. */
  readonly reader?: TensorReader;
  /** Decodes and resizes JPEGs; absent where the backend brings no decoder along. */
  readonly pictures?: PictureRenderer;
}

/** What a run records of the backend that it was trained on. */
export const backendVersions = ({
  name,
  description,
  threads,
}: Pick<OpenedBackend, 'name' | 'description' | 'threads'>): Readonly<Record<string, string>> => ({
  backend: name,
  device: description,
  threads: String(threads),
});

type Wish = { readonly name: string; readonly origin: string };

const allowed = ['auto', ...backendNames].join(', ');

function wishOf({ backend }: OpenBackendOptions): Wish {
  if (backend) return { name: backend, origin: 'asked for' };
  const variable = environment()['TESSERA_BACKEND'];
  return variable ? { name: variable, origin: 'TESSERA_BACKEND' } : { name: 'auto', origin: 'default' };
}

/**
 * Makes a backend TensorFlow.js' active one, with Tessera's kernels and all gradients registered.
 * Order of choice: native TensorFlow with a GPU, WebGPU, native TensorFlow, wasm, plain JavaScript.
 * @throws BackendError when the backend asked for is unknown or can't be opened here
 */
export async function openBackend(asked: OpenBackendOptions = {}): Promise<OpenedBackend> {
  registerGradients();
  const wish = wishOf(asked);
  const options = { ...asked, threads: threadsAsked(asked.threads) };
  if (wish.name === 'auto') return openFirst(options);
  const provider = providerOf(wish.name);
  if (!provider) {
    throw new BackendError(
      `openBackend: backend must be one of ${allowed}, got backend="${wish.name}" (${wish.origin}). Choose one of these.`,
    );
  }
  return openNamed(provider, wish.origin, options);
}

async function openNamed(
  provider: BackendProvider,
  origin: string,
  options: OpenBackendOptions,
): Promise<OpenedBackend> {
  const report = await inspectBackend(provider);
  if (report.available) return open(provider, { origin, tried: [report], options });
  const others = (await inspectBackends()).filter(({ available }) => available).map(({ name }) => name);
  throw new BackendError(
    `openBackend: backend "${provider.name}" (${origin}) must be available, got: ${report.detail}. Available here: ${others.join(', ')}.`,
  );
}

async function openFirst(options: OpenBackendOptions): Promise<OpenedBackend> {
  const tried: BackendReport[] = [];
  for (const provider of providers) {
    const report = await inspectBackend(provider);
    tried.push(report);
    if (!report.available || report.onlyByName) continue;
    try {
      return await open(provider, { origin: 'first that works', tried, options });
    } catch (error) {
      tried[tried.length - 1] = { ...report, available: false, detail: (error as Error).message };
    }
  }
  throw new BackendError(
    `openBackend: no backend could be opened, tried ${tried.map(({ name, detail }) => `${name} (${detail})`).join(', ')}.`,
  );
}

interface Opening {
  /** Who or what chose the backend. */
  readonly origin: string;
  readonly tried: readonly BackendReport[];
  readonly options: OpenBackendOptions;
}

async function open(provider: BackendProvider, { origin, tried, options }: Opening): Promise<OpenedBackend> {
  const running = await provider.open(options);
  const runner = provider.runner?.(options);
  const reader = provider.reader?.();
  const pictures = provider.pictures?.();
  const what = runner ? `${running}, ${runner.description}` : running;
  return {
    name: provider.name,
    description: running,
    reason: `${what} (${origin})`,
    tried: [...tried],
    threads: provider.threads?.() ?? 1,
    ...(runner && { runner }),
    ...(reader && { reader }),
    ...(pictures && { pictures }),
  };
}
