// The CUDA libraries that TensorFlow opens while it runs. It looks in ../nvidia/COMPONENT/lib beside its own folder, as
// Python's packages lie, and then where the system's loader looks.
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, runProgram } from './runProgram.js';

/** A library of CUDA's. */
export interface CudaLibrary {
  /** The file that the loader looks for. */
  readonly file: string;
  /** Folder below `nvidia` in NVIDIA's Python packages. */
  readonly component: string;
}

/** The driver's library comes with the driver alone. */
const DRIVER = 'libcuda.so.1';

/** Those of CUDA 12, as TensorFlow 2.18 and later open them. */
export const cudaLibraries: readonly CudaLibrary[] = [
  { file: 'libcudart.so.12', component: 'cuda_runtime' },
  { file: 'libcublas.so.12', component: 'cublas' },
  { file: 'libcublasLt.so.12', component: 'cublas' },
  { file: 'libcudnn.so.9', component: 'cudnn' },
  { file: 'libcufft.so.11', component: 'cufft' },
  { file: 'libcurand.so.10', component: 'curand' },
  { file: 'libcusolver.so.11', component: 'cusolver' },
  { file: 'libcusparse.so.12', component: 'cusparse' },
  { file: 'libnccl.so.2', component: 'nccl' },
  { file: 'libcupti.so.12', component: 'cuda_cupti' },
];

/** A library that the loader does not open, and what it says. */
export interface MissingLibrary {
  readonly file: string;
  readonly reason: string;
}

// Node opens a library and then complains that it is no module of its own. In a process of its own, so that a broken
// library takes nothing with it.
const PROBE = `
const missing = [];
for (const [file, path] of JSON.parse(process.argv[1])) {
  try { process.dlopen({ exports: {} }, path); }
  catch (error) { if (!/self-register/.test(error.message)) missing.push({ file, reason: error.message }); }
}
process.stdout.write(JSON.stringify(missing));
`;

/** Which libraries do not open for the TensorFlow in an installation's folder, the driver's first. */
export async function missingLibraries(folder: string): Promise<MissingLibrary[]> {
  const places = cudaLibraries.map(({ file, component }) => {
    const own = join(folder, 'nvidia', component, 'lib', file);
    return [file, existsSync(own) ? own : file];
  });
  const asked = [[DRIVER, DRIVER], ...places];
  const result = await runProgram(process.execPath, ['-e', PROBE, JSON.stringify(asked)]);
  if (result.code === 0) return JSON.parse(result.stdout) as MissingLibrary[];
  return [{ file: 'CUDA', reason: `opening its libraries ends the process: ${lastLines(result, 2)}` }];
}

/** What decides whether a GPU is visible to this process. */
export interface GpuSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the driver's device nodes are there. */
  readonly hasDevice: boolean;
}

const thisProcess = (): GpuSurroundings => ({
  environment: process.env,
  hasDevice: existsSync('/dev/nvidiactl') || existsSync('/dev/dxg'),
});

/** Why the GPU build in a folder computes on the CPU, in a line, and what to do about it. */
export async function whyNoGpu(folder: string, surroundings: GpuSurroundings = thisProcess()): Promise<string> {
  return explainNoGpu(await missingLibraries(folder), surroundings);
}

/** What keeps the GPU build in a folder from a GPU, before it is loaded; undefined where nothing is seen that does. */
export async function gpuProblem(
  folder: string,
  surroundings: GpuSurroundings = thisProcess(),
): Promise<string | undefined> {
  const { environment, hasDevice } = surroundings;
  const missing = await missingLibraries(folder);
  const hidden = ['', '-1'].includes(environment['CUDA_VISIBLE_DEVICES'] ?? '0');
  return missing.length > 0 || hidden || !hasDevice ? explainNoGpu(missing, surroundings) : undefined;
}

/** The words for `whyNoGpu`. */
export function explainNoGpu(
  missing: readonly MissingLibrary[],
  { environment, hasDevice }: GpuSurroundings = thisProcess(),
): string {
  const hidden = environment['CUDA_VISIBLE_DEVICES'];
  if (hidden === '' || hidden === '-1') {
    return `CUDA_VISIBLE_DEVICES="${hidden}" hides all GPUs; unset it`;
  }
  const container = 'in a container, start it with --gpus all';
  if (missing.some(({ file }) => file === DRIVER)) {
    return `${DRIVER} is missing, which comes with the NVIDIA driver: install the driver (nvidia-smi tests it); ${container}`;
  }
  if (missing.length > 0) {
    const [first] = missing;
    const names = missing.map(({ file }) => file).join(', ');
    return `${names} ${missing.length > 1 ? 'are' : 'is'} missing (${first?.reason ?? ''}); tessera backend install --gpu --force brings CUDA's libraries`;
  }
  if (!hasDevice) return `no NVIDIA device is there (/dev/nvidiactl); ${container}`;
  return 'all CUDA libraries are there, but no GPU answers: nvidia-smi must list one, and its driver must be for CUDA 12.5 or newer (R555)';
}

/** Folders of a CUDA toolkit that is installed outside of where the loader looks. */
const systemFolders = ({ CUDA_HOME: home, CUDA_PATH: path }: Readonly<Record<string, string | undefined>>): string[] =>
  [home, path, '/usr/local/cuda', '/opt/cuda']
    .filter((folder) => folder !== undefined && folder !== '')
    .flatMap((folder) => ['lib64', 'extras/CUPTI/lib64', 'lib'].map((part) => join(folder ?? '', part)))
    .filter((folder) => existsSync(folder));

/**
 * Lets TensorFlow use the system's CUDA where all of it is there: nothing to do for what the loader finds by itself, links
 * for a toolkit elsewhere. Returns what is missing, the driver aside; then nothing was linked.
 */
export async function linkSystemCuda(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const unfound = (await missingLibraries(folder)).filter(({ file }) => file !== DRIVER);
  const folders = systemFolders(environment);
  const links: { component: string; target: string }[] = [];
  const missing: string[] = [];
  for (const { file } of unfound) {
    const found = folders.find((candidate) => readdirSync(candidate).includes(file));
    const component = cudaLibraries.find((library) => library.file === file)?.component;
    if (found === undefined || component === undefined) missing.push(file);
    else links.push({ component, target: found });
  }
  if (missing.length > 0) return missing;
  for (const { component, target } of links) {
    // The whole folder: libraries look for their neighbours beside them.
    const link = join(folder, 'nvidia', component, 'lib');
    if (existsSync(link)) continue;
    mkdirSync(join(folder, 'nvidia', component), { recursive: true });
    symlinkSync(target, link);
  }
  return [];
}
