import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cudaLibraries, explainNoGpu, linkSystemCuda, missingLibraries, whyNoGpu } from './cudaLibraries.js';

describe('CUDA libraries', () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tessera-cuda-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Puts a library that loads and does nothing at a path. */
  const makeLibrary = (...path: string[]): void => {
    const file = join(folder, ...path);
    const empty = join(folder, 'empty.so');
    if (!existsSync(empty)) {
      const { status, stderr } = spawnSync('cc', ['-shared', '-x', 'c', '/dev/null', '-o', empty], {
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
    }
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(empty, file);
  };

  it('are looked for beside TensorFlow first, and named with what the loader says', async () => {
    makeLibrary('nvidia/cublas/lib/libcublas.so.12');
    mkdirSync(join(folder, 'nvidia/cudnn/lib'), { recursive: true });
    writeFileSync(join(folder, 'nvidia/cudnn/lib/libcudnn.so.9'), 'cut short');
    const missing = await missingLibraries(folder);
    const reasonOf = (name: string) => missing.find(({ file }) => file === name)?.reason;
    expect(reasonOf('libcublas.so.12')).toBe(undefined);
    expect(reasonOf('libcudnn.so.9')).toMatch(/libcudnn\.so\.9: (file too short|invalid ELF header)/);
  });

  it('of a toolkit that the loader does not know are linked, all or none', async () => {
    const environment = { CUDA_HOME: join(folder, 'toolkit') };
    const unknown = (await missingLibraries(folder)).map(({ file }) => file).filter((file) => file !== 'libcuda.so.1');
    const [first = '', ...others] = unknown;
    makeLibrary('toolkit/lib64', first);
    expect(await linkSystemCuda(folder, environment)).toEqual(others);
    expect(existsSync(join(folder, 'nvidia'))).toBe(false);
    for (const file of others) makeLibrary('toolkit/lib64', file);
    expect(await linkSystemCuda(folder, environment)).toEqual([]);
    const component = cudaLibraries.find(({ file }) => file === first)?.component ?? '';
    expect(readlinkSync(join(folder, 'nvidia', component, 'lib'))).toBe(join(folder, 'toolkit/lib64'));
    expect((await missingLibraries(folder)).filter(({ file }) => file !== 'libcuda.so.1')).toEqual([]);
  });
});

describe('why a build for GPUs computes on the CPU', () => {
  const visible = { environment: {}, hasDevice: true };

  it('is the driver where its library is missing, whatever else is', () => {
    const missing = [
      { file: 'libcuda.so.1', reason: 'cannot open' },
      { file: 'libcudnn.so.9', reason: 'cannot open' },
    ];
    expect(explainNoGpu(missing, visible)).toMatch(/^libcuda\.so\.1 is missing, which comes with the NVIDIA driver/);
  });

  it('is a library, by name and with the way to get it', () => {
    const reason = 'libcudnn.so.9: cannot open shared object file: No such file or directory';
    expect(explainNoGpu([{ file: 'libcudnn.so.9', reason }], visible)).toBe(
      `libcudnn.so.9 is missing (${reason}); tessera backend install --gpu --force brings CUDA's libraries`,
    );
  });

  it('is the variable that hides GPUs', async () => {
    const hidden = { environment: { CUDA_VISIBLE_DEVICES: '' }, hasDevice: true };
    expect(await whyNoGpu('/nowhere', hidden)).toBe('CUDA_VISIBLE_DEVICES="" hides all GPUs; unset it');
  });

  it('is a device that is not there, or a driver that is too old', () => {
    expect(explainNoGpu([], { environment: {}, hasDevice: false })).toMatch(/no NVIDIA device is there.*--gpus all/);
    expect(explainNoGpu([], visible)).toMatch(/no GPU answers: nvidia-smi must list one/);
  });
});
