import type { CaptureError, FunctionRunner, TensorReader } from '@tessera/core';
import type { PictureRenderer } from './native/nativePictures.js';

/** The backends Tessera knows, in the order of choice. */
export const backendNames = ['native-gpu', 'webgpu', 'native', 'wasm', 'cpu'] as const;

/** A backend by its name in specs, options and `TESSERA_BACKEND`. */
export type BackendName = (typeof backendNames)[number];

/** Whether a backend can be opened here, and why (not). */
export interface Availability {
  readonly available: boolean;
  /** One line for a person: what was found, or what is missing and how to get it. */
  readonly detail: string;
  /** True for one that is slower than those after it, and not chosen unless it is asked for by name. */
  readonly onlyByName?: boolean;
}

/** How a backend captures functions. */
export interface CaptureOptions {
  /** Told once of each function that cannot be captured and runs operation by operation instead. */
  readonly onRefusal?: (name: string, error: CaptureError) => void;
}

/** How a backend computes. */
export interface ComputeOptions {
  /** Threads of native TensorFlow (all physical cores if left out) and of wasm (1); or the variable TESSERA_THREADS. */
  readonly threads?: number;
}

/** One way of running TensorFlow.js. */
export interface BackendProvider {
  readonly name: BackendName;
  /** What it is, in a few words. */
  readonly title: string;
  /** Looks without opening. */
  inspect(): Promise<Availability>;
  /** Makes it TensorFlow.js' active backend and registers Tessera's kernels; returns one line about what runs. */
  open(options?: ComputeOptions): Promise<string>;
  /** Threads that it computes with, once it is open; 1 where this is left out. */
  threads?(): number;
  /** What captures whole functions as graphs on this backend; asked for once it is open. */
  runner?(options: CaptureOptions): FunctionRunner | undefined;
  /** What brings arrays from files to this backend; asked for once it is open. */
  reader?(): TensorReader | undefined;
  /** What decodes and resizes JPEGs beside this backend; asked for once it is open. */
  pictures?(): PictureRenderer | undefined;
}
