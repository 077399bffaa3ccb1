// What a run's numbers depend on beside its spec and data.
import { cpus } from 'node:os';
import { version_core as tfjsVersion } from '@tensorflow/tfjs-core';

/** The version of this package, as in its package.json (a test holds them equal). */
export const tesseraVersion = '0.1.0';

/** Versions of what computes, and the machine: what a run records beside its backend. */
export const environment = (): Readonly<Record<string, string>> => ({
  tessera: tesseraVersion,
  tfjs: tfjsVersion,
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  cpu: cpus()[0]?.model ?? 'unknown',
});
