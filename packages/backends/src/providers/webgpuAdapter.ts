// Finds a WebGPU adapter: through the JavaScript engine's own `navigator.gpu` where there is one, else through Dawn, which
// the npm package `webgpu` carries for Node. A software adapter computes on the CPU and is slower than the wasm backend, so
// it is taken only where `TESSERA_WEBGPU_SOFTWARE=1` asks for it (tests do).
import { environment, fs, inNode, nodeProcess } from '../nodeModules.js';
import { importPackage } from './importPackage.js';

/** The names of a device, of `GPUAdapterInfo`. */
export interface AdapterNames {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

/** The part of `GPUAdapter` that is used here. */
export interface Adapter {
  readonly info: AdapterNames;
  readonly features: { has(name: string): boolean };
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: object): Promise<Device>;
}

/** The part of `GPUDevice` that is used here. */
export interface Device {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(type: 'uncapturederror', listener: (event: { error: { message: string } }) => void): void;
}

/** The part of `GPU` (navigator.gpu) that is used here. */
export interface Gpu {
  requestAdapter(options?: object): Promise<Adapter | null>;
}

/** An adapter that may be used, or why there is none. */
export type AdapterSearch =
  { readonly gpu: Gpu; readonly adapter: Adapter; readonly software: boolean } | { readonly missing: string };

interface Dawn {
  create(flags: readonly string[]): Gpu;
  readonly globals: object;
}

const softwareAllowed = (): boolean => !['', '0', undefined].includes(environment()['TESSERA_WEBGPU_SOFTWARE']);

const SOFTWARE_HINT = 'TESSERA_WEBGPU_SOFTWARE=1 takes a software one';

/** Dawn ends all that hangs on it once its object is collected, so it is kept. */
let dawn: Gpu | undefined;

/** Looks for an adapter. Not finding one is no error. */
export async function findAdapter(): Promise<AdapterSearch> {
  const own = (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
  if (own) return chooseAdapter(own);
  const missing = whyNoVulkan();
  if (missing !== undefined) return { missing };
  try {
    dawn ??= await startDawn();
  } catch (error) {
    return { missing: `package webgpu does not load: ${(error as Error).message}` };
  }
  if (!dawn) return { missing: 'package webgpu is not installed; npm install webgpu' };
  return chooseAdapter(dawn);
}

async function startDawn(): Promise<Gpu | undefined> {
  const loaded = (await importPackage('webgpu')) as Dawn | undefined;
  if (!loaded) return undefined;
  // TensorFlow.js reads GPUBufferUsage and its like as globals.
  Object.assign(globalThis, loaded.globals);
  return loaded.create([]);
}

async function chooseAdapter(gpu: Gpu): Promise<AdapterSearch> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return { missing: 'WebGPU finds no adapter: no graphics driver answers' };
  const software = adapter.info.isFallbackAdapter ?? false;
  if (software && !softwareAllowed()) {
    return { missing: `only a software adapter is there (${adapterName(adapter)}); ${SOFTWARE_HINT}` };
  }
  if (software) pollLessOften();
  return { gpu, adapter, software };
}

let pollsLessOften = false;

/**
 * While a tensor is read, Dawn asks in every turn of the event loop whether it is there, by `setImmediate`. A software
 * adapter computes on the very core that this takes, so there it asks each millisecond.
 */
function pollLessOften(): void {
  const scope = globalThis as { setImmediate?: (callback: () => void, ...rest: unknown[]) => unknown };
  const immediately = scope.setImmediate;
  if (!immediately || pollsLessOften) return;
  pollsLessOften = true;
  const isNative = (callback: unknown): boolean => /\[native code\]/.test(String(callback));
  const patient: typeof immediately = (callback, ...rest) =>
    isNative(callback) ? setTimeout(callback, 1) : immediately(callback, ...rest);
  scope.setImmediate = Object.defineProperties(patient, Object.getOwnPropertyDescriptors(immediately));
}

/** What a person calls the device. */
export function adapterName({ info }: Adapter): string {
  const { description, device, vendor, architecture } = info;
  return description || device || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed';
}

// Dawn writes warnings of its own to stderr where Vulkan or its driver are missing, so on Linux it is not asked before
// there is something to find.
const deviceNodes = ['/dev/nvidiactl', '/dev/dxg', '/dev/mali0', '/dev/kgsl-3d0'];

function whyNoVulkan(): string | undefined {
  if (!inNode || nodeProcess().platform !== 'linux') return undefined;
  if (!softwareAllowed() && !hasGraphicsDevice()) {
    return `no GPU in /dev; ${SOFTWARE_HINT}`;
  }
  return canLoad('libvulkan.so.1')
    ? undefined
    : 'no libvulkan.so.1; install libvulkan1 (Debian, Ubuntu) or vulkan-loader (Fedora, Alpine)';
}

function hasGraphicsDevice(): boolean {
  const { existsSync, readdirSync } = fs();
  if (deviceNodes.some((path) => existsSync(path))) return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
}

/** Whether the dynamic loader finds a library. Node opens it and then complains that it is no module of Node's. */
function canLoad(library: string): boolean {
  try {
    nodeProcess().dlopen({ exports: {} }, library);
    return true;
  } catch (error) {
    return /self-register/.test((error as Error).message);
  }
}
