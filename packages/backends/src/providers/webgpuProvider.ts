// TensorFlow.js' WebGPU backend on a device that is opened here, with Tessera's kernels.
import { backend, findBackendFactory, registerBackend, setBackend, type KernelBackend } from '@tensorflow/tfjs-core';
import { BackendError } from '@tessera/core';
import { WebgpuContext } from '../kernels/webgpu/webgpuContext.js';
import { registerWebgpuKernels } from '../kernels/webgpu/registerWebgpuKernels.js';
import { CapturingRunner } from '../capturingRunner.js';
import type { Availability, BackendProvider, CaptureOptions } from '../provider.js';
import { recordingPlace, RecordedFunction } from '../webgpu/recordedFunction.js';
import type { WebgpuBackend as RecordableBackend } from '../webgpu/webgpuBackend.js';
import { importPackage } from './importPackage.js';
import { adapterName, findAdapter, type Adapter, type AdapterNames, type Device, type Gpu } from './webgpuAdapter.js';

const PACKAGE = '@tensorflow/tfjs-backend-webgpu';

interface WebgpuBackend extends KernelBackend {
  readonly tensorMap: { has(dataId: object): boolean };
  read(dataId: object): Promise<Float32Array>;
  /** Keeps values that were read. */
  convertAndCacheOnCPU(dataId: object, values: Float32Array): Float32Array;
}

interface WebgpuPackage {
  readonly WebGPUBackend: new (device: Device, info: AdapterNames) => WebgpuBackend;
}

const describe = (adapter: Adapter, software: boolean): string =>
  `${adapterName(adapter)}${software ? ', a software adapter' : ''}`;

async function inspect(): Promise<Availability> {
  const found = await findAdapter();
  if ('missing' in found) return { available: false, detail: found.missing };
  if ((await importPackage(PACKAGE)) === undefined) {
    return { available: false, detail: `package ${PACKAGE} is not installed; npm install ${PACKAGE}@4.22.0` };
  }
  const detail = describe(found.adapter, found.software);
  return { available: true, detail, ...(found.software && { onlyByName: true }) };
}

/** All that the adapter allows: TensorFlow.js sizes its programs by the device's limits. */
async function openDevice(adapter: Adapter): Promise<Device> {
  const names = [
    'maxComputeWorkgroupStorageSize',
    'maxComputeWorkgroupsPerDimension',
    'maxStorageBufferBindingSize',
    'maxBufferSize',
    'maxStorageBuffersPerShaderStage',
    'maxComputeWorkgroupSizeX',
    'maxComputeInvocationsPerWorkgroup',
  ];
  const requiredLimits = Object.fromEntries(names.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = ['timestamp-query'].filter((name) => adapter.features.has(name));
  return adapter.requestDevice({ requiredFeatures, requiredLimits });
}

/** Runs with `navigator.gpu` in place, which TensorFlow.js' constructor insists on, and takes it away again. */
function withNavigator<Result>(gpu: Gpu, run: () => Result): Result {
  const scope = globalThis as { navigator?: { gpu?: Gpu } };
  if (scope.navigator?.gpu) return run();
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return run();
  } finally {
    delete scope.navigator;
    if (before) Object.defineProperty(globalThis, 'navigator', before);
  }
}

/**
 * WebGPU goes on after an error (memory that can't be had, a lost device) and leaves results unwritten. Reading fails from
 * then on, so that no such result is taken for one.
 */
function failReadsAfterErrors(backend: WebgpuBackend, device: Device): void {
  let problem: string | undefined;
  device.addEventListener('uncapturederror', ({ error }) => (problem ??= error.message));
  void device.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') problem ??= `the device was lost: ${message}`;
  });
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const values = await read(dataId);
    if (problem === undefined) return values;
    throw new BackendError(
      `webgpu: the device must compute without errors, got: ${problem.split('\n')[0] ?? ''}. ` +
        'Use a smaller batch if memory ran out, or another backend.',
    );
  };
}

/** TensorFlow.js keeps values that were read beside their tensor, which may be freed or assigned anew by then. */
function readFreedTensors(backend: WebgpuBackend): void {
  const keep = backend.convertAndCacheOnCPU.bind(backend);
  backend.convertAndCacheOnCPU = (dataId, values) => (backend.tensorMap.has(dataId) ? keep(dataId, values) : values);
}

async function createBackend(): Promise<KernelBackend> {
  const found = await findAdapter();
  if ('missing' in found) throw new BackendError(`webgpu: an adapter must be there, got: ${found.missing}.`);
  const { WebGPUBackend } = (await importPackage(PACKAGE)) as WebgpuPackage;
  const device = await openDevice(found.adapter);
  const backend = withNavigator(found.gpu, () => new WebGPUBackend(device, found.adapter.info));
  failReadsAfterErrors(backend, device);
  readFreedTensors(backend);
  return backend;
}

/** One in a process: what is recorded holds on to the backend's tensors. */
let runner: CapturingRunner | undefined;

function recordingRunner(opened: KernelBackend): CapturingRunner {
  const place = recordingPlace(opened as unknown as RecordableBackend);
  return new CapturingRunner({
    capture: (request) => new RecordedFunction(place, request),
    description: 'recorded steps',
    precisions: { none: 'on WebGPU it is not offered' },
  });
}

/** The runner, unless TensorFlow.js' backend is another than the version that recording is made for. */
function openedRunner({ onRefusal }: CaptureOptions): CapturingRunner | undefined {
  if (!WebgpuContext.fits(backend())) return undefined;
  runner ??= recordingRunner(backend());
  runner.onRefusal = onRefusal;
  return runner;
}

/** WebGPU on a hardware adapter. */
export const webgpuProvider: BackendProvider = {
  name: 'webgpu',
  title: 'WebGPU',
  inspect,
  open: async () => {
    const found = await findAdapter();
    await importPackage(PACKAGE);
    if (!(findBackendFactory('webgpu') as unknown)) registerBackend('webgpu', createBackend);
    if (!(await setBackend('webgpu'))) {
      throw new BackendError('webgpu: a device must open, got a failure. Use another backend.');
    }
    const kernels = registerWebgpuKernels(backend()) ? ', own kernels' : '';
    return 'missing' in found ? `WebGPU${kernels}` : `WebGPU on ${describe(found.adapter, found.software)}${kernels}`;
  },
  runner: openedRunner,
};
