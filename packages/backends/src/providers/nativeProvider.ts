// Native TensorFlow as `tessera backend install` leaves it in the cache.
import { backend, setBackend } from '@tensorflow/tfjs-core';
import { BackendError } from '@tessera/core';
import { CapturingRunner } from '../capturingRunner.js';
import { CaptureBackend } from '../native/captureBackend.js';
import { CapturedFunction } from '../native/capturedFunction.js';
import { registerNativeKernels } from '../native/kernels/registerNativeKernels.js';
import { loadedInstall, loadNative } from '../native/loadNative.js';
import { nativePrecisions } from '../native/precision.js';
import { findInstall, type InstallSearch, type NativeInstall, type NativeVariant } from '../native/nativeInstalls.js';
import type { NativeBackend } from '../native/nativeBackend.js';
import { nativePictures } from '../native/nativePictures.js';
import { nativeTensorReader } from '../native/nativeTensorReader.js';
import { inNode } from '../nodeModules.js';
import type { Availability, BackendProvider, CaptureOptions, ComputeOptions } from '../provider.js';
import { tensorflowThreads } from '../threads.js';

const describe = ({ tensorflow, variant }: NativeInstall): string =>
  `TensorFlow ${tensorflow}${variant === 'gpu' ? ', CUDA build' : ''}`;

type Variants = readonly [NativeVariant, ...NativeVariant[]];

/** An installation of the first variant that has one. */
async function search(variants: Variants): Promise<InstallSearch> {
  const [first, ...others] = variants;
  const loaded = loadedInstall();
  if (loaded && variants.includes(loaded.variant)) return { install: loaded };
  const found = await findInstall(first);
  if ('install' in found) return found;
  for (const variant of others) {
    const other = await findInstall(variant);
    if ('install' in other) return other;
  }
  return found;
}

/** Why a GPU build would compute on the CPU; undefined where nothing is seen that hinders. */
async function problemOf({ folder }: NativeInstall): Promise<string | undefined> {
  const { gpuProblem } = await import('../native/install/cudaLibraries.js');
  return gpuProblem(folder);
}

const needsNode: Availability = { available: false, detail: 'needs Node' };

async function inspectCpu(): Promise<Availability> {
  if (!inNode) return needsNode;
  const found = await search(['cpu', 'gpu']);
  return 'missing' in found
    ? { available: false, detail: found.missing }
    : { available: true, detail: describe(found.install) };
}

async function inspectGpu(): Promise<Availability> {
  if (!inNode) return needsNode;
  const found = await search(['gpu']);
  if ('missing' in found) return { available: false, detail: found.missing };
  const problem = await problemOf(found.install);
  const detail = describe(found.install);
  return problem === undefined
    ? { available: true, detail }
    : { available: false, detail: `${detail}, would compute on the CPU: ${problem}` };
}

/** One in a process: what is captured holds on to the backend's tensors. */
let runner: CapturingRunner | undefined;
let capture: CaptureBackend | undefined;

interface OpenedNative {
  readonly install: NativeInstall;
  readonly gpu: boolean;
}

async function openNative(variants: Variants, { threads }: ComputeOptions): Promise<OpenedNative> {
  const found = await search(variants);
  if ('missing' in found) throw new BackendError(`native: TensorFlow must be installed, got: ${found.missing}.`);
  const { install } = found;
  const gpu = loadNative(install, threads).isUsingGpuDevice();
  await setBackend('tensorflow');
  if (!runner) {
    const made = new CaptureBackend(backend() as unknown as NativeBackend);
    capture = made;
    registerNativeKernels(capture, gpu ? 'gpu' : 'cpu');
    const precisions = gpu ? { none: 'on a GPU it is not offered yet' } : nativePrecisions();
    runner = new CapturingRunner({ capture: (request) => new CapturedFunction(made, request), precisions });
  }
  return { install, gpu };
}

function openedRunner({ onRefusal }: CaptureOptions): CapturingRunner {
  if (!runner) throw new BackendError('native: the backend must be open before functions are captured, got none.');
  runner.onRefusal = onRefusal;
  return runner;
}

const threadsText = (): string => (tensorflowThreads() === 1 ? '1 thread' : `${tensorflowThreads()} threads`);

/** What both builds offer: what reads files and pictures computes on the CPU beside a GPU too. */
const offered: Pick<BackendProvider, 'threads' | 'runner' | 'reader' | 'pictures'> = {
  threads: tensorflowThreads,
  runner: openedRunner,
  reader: () => nativeTensorReader(backend() as unknown as NativeBackend),
  pictures: () => capture && nativePictures(capture.binding),
};

/** TensorFlow on the CPU. */
export const nativeCpuProvider: BackendProvider = {
  name: 'native',
  title: 'native TensorFlow on the CPU',
  inspect: inspectCpu,
  open: async (options = {}) => {
    const { install, gpu } = await openNative(['cpu', 'gpu'], options);
    if (gpu) return `${describe(install)} on the GPU`;
    const gpuBuild = await findInstall('gpu');
    const problem = 'missing' in gpuBuild ? undefined : await problemOf(gpuBuild.install);
    const note = problem === undefined ? '' : `, not on the GPU: ${problem}`;
    return `${describe(install)} on the CPU, ${threadsText()}${note}`;
  },
  ...offered,
};

/** TensorFlow on an NVIDIA GPU. */
export const nativeGpuProvider: BackendProvider = {
  name: 'native-gpu',
  title: 'native TensorFlow on a GPU',
  inspect: inspectGpu,
  open: async (options = {}) => {
    const { install, gpu } = await openNative(['gpu'], options);
    if (!gpu) {
      const { whyNoGpu } = await import('../native/install/cudaLibraries.js');
      throw new BackendError(`native-gpu: TensorFlow must find a GPU, got none: ${await whyNoGpu(install.folder)}.`);
    }
    return `${describe(install)} on the GPU`;
  },
  ...offered,
};
