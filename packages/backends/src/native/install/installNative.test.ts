import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { zipOf } from '../../../../../test/zipOf.js';
import { addInstall } from '../../../test/native/addInstall.js';
import { hashSources, nativeSources } from '../nativeInstalls.js';
import { installNative, type InstallOptions } from './installNative.js';
import { lockCache } from './lockCache.js';
import { thisMachine, type Machine } from './preflight.js';
import { fromIndex } from './tensorflowSource.js';

const zip = (entries: Readonly<Record<string, string>>): Uint8Array =>
  zipOf(Object.fromEntries(Object.entries(entries).map(([name, text]) => [name, Buffer.from(text)])));

const library = {
  'tensorflow/libtensorflow_cc.so.2': 'no library',
  'tensorflow/libtensorflow_framework.so.2': 'no library either',
  'tensorflow/include/tensorflow/c/c_api.h': '// a header',
  'tensorflow/python/big.so': 'not needed',
};

const put = (folder: string, name: string, content: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};

const wheelName = (project: string, version: string): string =>
  `${project}-${version}-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`;

describe('installNative', () => {
  let server: Server;
  let root: string;
  let cache: string;
  let asked: string[];
  let wheels: Map<string, { content: Uint8Array; sha256: string }>;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'tessera-install-'));
    cache = join(root, 'cache');
    asked = [];
    wheels = new Map();
    server = createServer((request, response) => {
      const path = request.url ?? '';
      asked.push(path);
      response.end(answer(path));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
    rmSync(root, { recursive: true });
  });

  /** The package index, its files, and npm's registry, whose packages are not the published ones. */
  const answer = (path: string): string | Uint8Array => {
    const [, project] = /^\/simple\/([^/]+)\/$/.exec(path) ?? [];
    if (project !== undefined) {
      const own = [...wheels].filter(([name]) => name.startsWith(`${project.replaceAll('-', '_')}-`));
      const links = own.map(([name, { sha256 }]) => `<a href="/files/${name}#sha256=${sha256}">${name}</a>`);
      return `<!doctype html><html><body>${links.join('\n')}</body></html>`;
    }
    if (path.startsWith('/files/')) return wheels.get(path.slice('/files/'.length))?.content ?? '';
    if (path.endsWith('.tgz')) return 'changed on the way';
    const name = decodeURIComponent(path.slice('/npm/'.length));
    const versions = Object.fromEntries(
      ['4.22.0', '3.21.4'].map((version) => [version, { name, version, dist: { tarball: `${url()}/npm/a.tgz` } }]),
    );
    return JSON.stringify({ name, 'dist-tags': { latest: '4.22.0' }, versions });
  };

  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const addWheel = (project: string, version: string, entries: Readonly<Record<string, string>>): string => {
    const content = zip(entries);
    const name = wheelName(project, version);
    wheels.set(name, { content, sha256: createHash('sha256').update(content).digest('hex') });
    return name;
  };

  const machine = (changes: Partial<Machine> = {}): Machine => ({
    ...thisMachine(),
    platform: 'linux',
    arch: 'x64',
    glibc: [2, 36],
    environment: {},
    freeBytes: () => 50e9,
    run: () => Promise.resolve({ code: 0, stdout: '', stderr: '' }),
    ...changes,
  });

  const install = (options: InstallOptions = {}) =>
    installNative({ cache, index: `${url()}/simple`, machine: machine(), ...options });

  const useRegistry = (): void => {
    vi.stubEnv('npm_config_registry', `${url()}/npm/`);
    vi.stubEnv('npm_config_cache', join(root, 'npm-cache'));
  };

  it("unpacks the index's wheel, refuses a package that the npm registry changed, and downloads nothing twice", async () => {
    useRegistry();
    const name = addWheel('tensorflow_cpu', '2.21.0', library);
    addWheel('tensorflow_cpu', '2.20.0', library);
    const steps: string[] = [];
    const refused = /npm must fetch|@tensorflow\/tfjs-node-gpu@4\.22\.0 must have the published hash/;
    await expect(install({ onStep: (step) => steps.push(step) })).rejects.toThrow(refused);
    expect(steps.slice(0, 3)).toEqual([
      `downloading ${name} (size unknown)`,
      `unpacking ${name}`,
      'fetching @tensorflow/tfjs-node-gpu 4.22.0 (without its scripts)',
    ]);
    expect(readdirSync(cache)).toEqual(['downloads']);
    expect(readdirSync(join(cache, 'downloads'))).toEqual([name]);
    await expect(install()).rejects.toThrow(refused);
    expect(asked.filter((path) => path.startsWith('/files/'))).toEqual([`/files/${name}`]);
  });

  it('refuses a wheel whose hash is not that of the index', async () => {
    const name = addWheel('tensorflow_cpu', '2.21.0', library);
    const wheel = wheels.get(name);
    wheels.set(name, { content: zip({ ...library, more: '' }), sha256: wheel?.sha256 ?? '' });
    await expect(install()).rejects.toThrow(`${name} must have the index's SHA-256`);
    expect(readdirSync(join(cache, 'downloads'))).toEqual([]);
  });

  it('says what the machine lacks before it asks the index anything', async () => {
    addWheel('tensorflow_cpu', '2.21.0', library);
    const absent = { code: null, stdout: '', stderr: '', failure: 'ENOENT' };
    const lacking = [
      [{ run: () => Promise.resolve(absent) }, 'a C++17 compiler must be there'],
      [{ freeBytes: () => 1e9 }, '1.6 GB must be free'],
      [{ platform: 'win32' }, 'got win32 on x64'],
    ] as const;
    for (const [changes, message] of lacking) {
      await expect(install({ machine: machine(changes) })).rejects.toThrow(message);
    }
    expect(asked).toEqual([]);
    expect(existsSync(cache)).toBe(false);
  });

  it('names the versions that the index has', async () => {
    addWheel('tensorflow_cpu', '2.20.0', library);
    await expect(install({ tensorflow: '2.22.0' })).rejects.toThrow(
      'must have a wheel of tensorflow-cpu or tensorflow 2.22.0 for Linux on x64 with glibc 2.36, got only versions 2.20.0.',
    );
  });

  it('refuses a version that is too old before it asks the index anything', async () => {
    await expect(install({ tensorflow: '1.15' })).rejects.toThrow(
      '--tensorflow must be 2.18 or newer, got tensorflow=1.15.',
    );
    expect(asked).toEqual([]);
  });

  it('refuses files that are no wheels of TensorFlow', async () => {
    const file = (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(root, name), content);
      return join(root, name);
    };
    const cpu = file(wheelName('tensorflow_cpu', '2.21.0'), 'cut');
    await expect(install({ wheel: join(root, 'no.whl') })).rejects.toThrow('which is not there. pip download');
    await expect(install({ wheel: file('notes.txt', '') })).rejects.toThrow(
      'must be a file named tensorflow_cpu-VERSION',
    );
    await expect(install({ wheel: cpu, gpu: true })).rejects.toThrow('must be a file named tensorflow-VERSION-….whl');
    await expect(install({ wheel: cpu })).rejects.toThrow(
      'a wheel must be a whole zip file, got tensorflow_cpu-2.21.0',
    );
    const empty = file(wheelName('tensorflow', '2.21.0'), zip({ 'tensorflow/__init__.py': '' }));
    await expect(install({ wheel: empty })).rejects.toThrow('the wheel must hold tensorflow/libtensorflow_cc.so.2');
    await expect(install({ wheel: cpu, fromPython: 'python3' })).rejects.toThrow('name two sources, got both');
    expect(readdirSync(cache)).toEqual([]);
  });

  it('uses an installation that is there, whole and for the same sources', async () => {
    const sourceHash = hashSources(await nativeSources());
    const folder = addInstall(cache, { tensorflow: '2.21.0', sourceHash });
    expect(await install()).toMatchObject({ reused: true, install: { folder, tensorflow: '2.21.0' } });
    expect(asked).toEqual([]);
    rmSync(join(folder, 'lib/tfjs_binding.node'));
    await expect(install()).rejects.toThrow('got none. Name another index');
  });

  it('leaves the cache to another installation, and tidies up after one that was killed', async () => {
    const unlock = lockCache(cache);
    const lock = readFileSync(join(cache, '.lock'), 'utf8');
    put(cache, '.building-1-x/lib/file', '');
    await expect(install()).rejects.toThrow(`got process ${process.pid} at it. Wait until it ends.`);
    expect(existsSync(join(cache, '.building-1-x'))).toBe(true);
    unlock();
    // A process of the same number that started at another time is another one.
    put(cache, '.lock', `${lock}0`);
    await expect(install()).rejects.toThrow('got none. Name another index');
    expect(readdirSync(cache)).toEqual([]);
  });

  it('for a GPU refuses processors that TensorFlow has no CUDA build for', async () => {
    await expect(install({ gpu: true, machine: machine({ arch: 'arm64' }) })).rejects.toThrow(
      "TensorFlow's wheels with CUDA are for x64, got arm64. Take a build of your own with --from-python",
    );
  });

  it("for a GPU brings the libraries that TensorFlow's wheel asks for", async () => {
    const metadata = ['nvidia-cublas-cu12<13.0,>=12.5', 'nvidia-cuda-nvcc-cu12', 'numpy'].map(
      (requirement) => `Requires-Dist: ${requirement}${requirement === 'numpy' ? '' : '; extra == "and-cuda"'}`,
    );
    addWheel('tensorflow', '2.21.0', {
      ...library,
      'tensorflow-2.21.0.dist-info/METADATA': `Name: tensorflow\n${metadata.join('\n')}\n\nWords.`,
    });
    for (const version of ['13.0.1', '12.9.1', '12.5.0']) {
      addWheel('nvidia_cublas_cu12', version, {
        'nvidia/cublas/lib/libcublas.so.12': version,
        'nvidia/cublas/include/cublas.h': '',
      });
    }
    addWheel('nvidia_cuda_nvcc_cu12', '12.9.0', { 'nvidia/cuda_nvcc/bin/ptxas': '#!' });
    const folder = join(root, 'gpu');
    await fromIndex('2.21.0', 'gpu').place(folder, {
      variant: 'gpu',
      index: `${url()}/simple`,
      machine: machine(),
      downloads: join(root, 'downloads'),
    });
    expect(readFileSync(join(folder, 'nvidia/cublas/lib/libcublas.so.12'), 'utf8')).toBe('12.9.1');
    expect(existsSync(join(folder, 'nvidia/cublas/include'))).toBe(false);
    expect(existsSync(join(folder, 'nvidia/cuda_nvcc/bin/ptxas'))).toBe(true);
    expect(existsSync(join(folder, 'lib/libtensorflow_cc.so.2'))).toBe(true);
    expect(asked).not.toContain('/simple/numpy/');
  });
});
