// CUDA's libraries for the GPU build: those of the system if all are there, else the wheels that TensorFlow's own `and-cuda`
// extra names.
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '@tessera/core';
import { linkSystemCuda } from './cudaLibraries.js';
import { extractWheel } from './extractWheel.js';
import { chooseIndex, findWheel } from './packageIndex.js';
import { fetchWheel, type PlaceOptions } from './fetchWheel.js';
import { normalizedProject } from './wheelName.js';

/** A project and the versions of it that do. */
export interface Requirement {
  readonly project: string;
  readonly range: string;
}

/** The requirements of an extra, from a wheel's METADATA (PEP 345, PEP 508). */
export function extraRequirements(metadata: string, extra: string): Requirement[] {
  const [header = ''] = metadata.split(/\r?\n\r?\n/);
  return header.split(/\r?\n/).flatMap((line) => {
    const [, project, range = '', marker = ''] =
      /^Requires-Dist:\s*([\w.-]+)\s*\(?([^;)]*)\)?\s*;?(.*)$/i.exec(line) ?? [];
    const wanted = new RegExp(`extra\\s*==\\s*["']${extra}["']`).test(marker);
    return project !== undefined && wanted ? [{ project: normalizedProject(project), range: range.trim() }] : [];
  });
}

/** The place in an installation of a file of NVIDIA's wheels: libraries, and what compiles kernels while running. */
export function cudaPlace(name: string): string | undefined {
  const [top, component = '', part = ''] = name.split('/');
  if (top !== 'nvidia') return undefined;
  const wanted = part === 'lib' || (component === 'cuda_nvcc' && ['bin', 'nvvm'].includes(part));
  return wanted && !name.endsWith('.py') ? name : undefined;
}

/**
 * Puts CUDA's libraries where TensorFlow in the folder looks for them.
 * @param metadata - the METADATA file of TensorFlow's wheel
 * @throws BackendError when the index lacks one of them
 */
export async function provideCuda(metadata: string, folder: string, options: PlaceOptions): Promise<void> {
  const missing = await linkSystemCuda(folder, options.machine.environment);
  if (missing.length === 0) return options.onStep?.("using the system's CUDA libraries");
  const requirements = existsSync(metadata) ? extraRequirements(readFileSync(metadata, 'utf8'), 'and-cuda') : [];
  if (requirements.length === 0) {
    throw new BackendError(
      `backend install: the CUDA libraries must be there, got ${missing.join(', ')} missing, and this TensorFlow names no ` +
        'wheels that hold them. Install the CUDA 12 toolkit and cuDNN 9, or take another --tensorflow version.',
    );
  }
  options.onStep?.(
    `fetching ${requirements.length} wheels with CUDA's libraries (${missing.join(', ')} not on this system)`,
  );
  const index = await chooseIndex(options.index, options.machine.environment);
  for (const { project, range } of requirements) {
    const wheel = await findWheel(index, { projects: [project], version: range, machine: options.machine });
    const file = await fetchWheel(wheel, options);
    await extractWheel(file, folder, cudaPlace, (done, total) =>
      options.onProgress?.('unpacking', done, total, 'bytes'),
    );
  }
  const assembler = join(folder, 'nvidia/cuda_nvcc/bin/ptxas');
  if (existsSync(assembler)) chmodSync(assembler, 0o755);
}
