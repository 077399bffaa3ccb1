import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentSourceHash, installKey, listInstalls, TFJS_VERSION } from '../nativeInstalls.js';
import { lockCache } from './lockCache.js';
import { removeInstalls } from './removeInstalls.js';

let cache: string;
beforeEach(() => (cache = mkdtempSync(join(tmpdir(), 'native-cache-'))));
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const files = [
  'load.cjs',
  'lib/tfjs_binding.node',
  'lib/libtessera_log_level.so',
  'lib/libtensorflow_cc.so.2',
  'lib/libtensorflow_framework.so.2',
  'node_modules/@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js',
];

/** An installation's files, empty. Returns its folder. */
function addInstall(tensorflow: string, sourceHash: string, installedAt = '2026-01-01T00:00:00.000Z'): string {
  const told = { tfjs: TFJS_VERSION, tensorflow, variant: 'cpu' as const, sourceHash, origin: 'a wheel', installedAt };
  const folder = join(cache, installKey(told));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  writeFileSync(join(folder, 'install.json'), JSON.stringify(told));
  return folder;
}

describe('listInstalls', () => {
  it('lists the newest first and names what is broken', () => {
    const older = addInstall('2.19.0', 'aaa', '2026-01-01T00:00:00.000Z');
    const newer = addInstall('2.21.0', 'aaa', '2026-02-01T00:00:00.000Z');
    const damaged = addInstall('2.20.0', 'aaa');
    rmSync(join(damaged, 'lib/libtensorflow_cc.so.2'));
    const { installs, broken } = listInstalls(cache);
    expect(installs.map(({ folder }) => folder)).toEqual([newer, older]);
    expect(broken).toEqual([{ folder: damaged, problem: 'lib/libtensorflow_cc.so.2 is missing' }]);
  });

  it('takes a half-written description for broken', () => {
    const folder = addInstall('2.21.0', 'aaa');
    writeFileSync(join(folder, 'install.json'), '{"tfjs": "4.2');
    expect(listInstalls(cache).broken).toEqual([{ folder, problem: 'install.json is no JSON' }]);
  });

  it('finds nothing in a cache that does not exist', () => {
    expect(listInstalls(join(cache, 'nowhere'))).toEqual({ installs: [], broken: [] });
  });
});

describe('removeInstalls', () => {
  it('removes all, with what broken-off builds and downloads left', async () => {
    addInstall('2.21.0', 'aaa');
    mkdirSync(join(cache, '.building-1-tfjs'));
    mkdirSync(join(cache, 'downloads'));
    expect(await removeInstalls({ cache })).toHaveLength(3);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('removes what a version names and leaves the others', async () => {
    const gone = addInstall('2.19.0', 'aaa');
    const kept = addInstall('2.21.0', 'aaa');
    expect(await removeInstalls({ cache, which: ['2.19.0'] })).toEqual([gone]);
    expect(existsSync(gone)).toBe(false);
    expect(existsSync(kept)).toBe(true);
  });

  it('removes what this version does not use, broken ones among them', async () => {
    const stale = addInstall('2.21.0', 'aaa');
    const used = addInstall('2.21.0', await currentSourceHash());
    const damaged = addInstall('2.20.0', 'bbb');
    rmSync(join(damaged, 'install.json'));
    expect((await removeInstalls({ cache, unused: true })).sort()).toEqual([stale, damaged].sort());
    expect(existsSync(used)).toBe(true);
  });

  it('leaves a cache alone that an installation is at', async () => {
    const kept = addInstall('2.21.0', 'aaa');
    const release = lockCache(cache);
    await expect(removeInstalls({ cache })).rejects.toThrow(/one installation at a time/);
    expect(existsSync(kept)).toBe(true);
    release();
    expect(await removeInstalls({ cache })).toEqual([kept]);
  });

  it('removes nothing when one of the names is unknown', async () => {
    const kept = addInstall('2.21.0', 'aaa');
    await expect(removeInstalls({ cache, which: ['2.21.0', '1.15'] })).rejects.toThrow(
      /must be installed, got "1\.15"\. There: tfjs-4\.22\.0_tensorflow-2\.21\.0_cpu_aaa/,
    );
    expect(existsSync(kept)).toBe(true);
  });
});
