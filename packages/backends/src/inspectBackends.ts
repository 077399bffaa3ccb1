import type { Availability, BackendName, BackendProvider } from './provider.js';
import { cpuProvider } from './providers/cpuProvider.js';
import { nativeCpuProvider, nativeGpuProvider } from './providers/nativeProvider.js';
import { wasmProvider } from './providers/wasmProvider.js';
import { webgpuProvider } from './providers/webgpuProvider.js';

/** All providers in the order of choice. */
export const providers: readonly BackendProvider[] = [
  nativeGpuProvider,
  webgpuProvider,
  nativeCpuProvider,
  wasmProvider,
  cpuProvider,
];

/** The provider of a name; undefined for a name that is none. */
export const providerOf = (name: string): BackendProvider | undefined =>
  providers.find((provider) => provider.name === name);

/** What `tessera doctor` prints about one backend. */
export interface BackendReport extends Availability {
  readonly name: BackendName;
  /** What it is, in a few words. */
  readonly title: string;
}

/** Looks at a backend without opening it. */
export const inspectBackend = async (provider: BackendProvider): Promise<BackendReport> => ({
  name: provider.name,
  title: provider.title,
  ...(await provider.inspect()),
});

/** Looks at every backend, in the order of choice, without opening any. */
export async function inspectBackends(): Promise<BackendReport[]> {
  const reports: BackendReport[] = [];
  for (const provider of providers) reports.push(await inspectBackend(provider));
  return reports;
}
