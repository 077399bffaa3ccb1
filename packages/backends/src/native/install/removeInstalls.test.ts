import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addInstall } from '../../../test/native/addInstall.js';
import { currentSourceHash, listInstalls } from '../nativeInstalls.js';
import { lockCache } from './lockCache.js';
import { removeInstalls } from './removeInstalls.js';

let cache: string;
beforeEach(() => (cache = mkdtempSync(join(tmpdir(), 'native-cache-'))));
afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** Adds an installation for the CPU. */
const add = (tensorflow: string, sourceHash: string, installedAt?: string): string =>
  addInstall(cache, { tensorflow, sourceHash, ...(installedAt && { installedAt }) });

describe('listInstalls', () => {
  it('lists the newest first and names what is broken', () => {
    const older = add('2.19.0', 'aaa', '2026-01-01T00:00:00.000Z');
    const newer = add('2.21.0', 'aaa', '2026-02-01T00:00:00.000Z');
    const damaged = add('2.20.0', 'aaa');
    rmSync(join(damaged, 'lib/libtensorflow_cc.so.2'));
    const { installs, broken } = listInstalls(cache);
    expect(installs.map(({ folder }) => folder)).toEqual([newer, older]);
    expect(broken).toEqual([{ folder: damaged, problem: 'lib/libtensorflow_cc.so.2 is missing' }]);
  });

  it('takes a half-written description for broken', () => {
    const folder = add('2.21.0', 'aaa');
    writeFileSync(join(folder, 'install.json'), '{"tfjs": "4.2');
    expect(listInstalls(cache).broken).toEqual([{ folder, problem: 'install.json is no JSON' }]);
  });

  it('finds nothing in a cache that does not exist', () => {
    expect(listInstalls(join(cache, 'nowhere'))).toEqual({ installs: [], broken: [] });
  });
});

describe('removeInstalls', () => {
  it('removes all, with what broken-off builds and downloads left', async () => {
    add('2.21.0', 'aaa');
    mkdirSync(join(cache, '.building-1-tfjs'));
    mkdirSync(join(cache, 'downloads'));
    expect(await removeInstalls({ cache })).toHaveLength(3);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('removes what a version names and leaves the others', async () => {
    const gone = add('2.19.0', 'aaa');
    const kept = add('2.21.0', 'aaa');
    expect(await removeInstalls({ cache, which: ['2.19.0'] })).toEqual([gone]);
    expect(existsSync(gone)).toBe(false);
    expect(existsSync(kept)).toBe(true);
  });

  it('removes what this version does not use, broken and broken-off ones among them', async () => {
    mkdirSync(join(cache, 'downloads'));
    const stale = add('2.21.0', 'aaa');
    const used = add('2.21.0', await currentSourceHash());
    const damaged = add('2.20.0', 'bbb');
    rmSync(join(damaged, 'install.json'));
    expect((await removeInstalls({ cache, unused: true })).sort()).toEqual(
      [join(cache, 'downloads'), stale, damaged].sort(),
    );
    expect(existsSync(used)).toBe(true);
  });

  it('leaves a cache alone that an installation is at', async () => {
    const kept = add('2.21.0', 'aaa');
    const release = lockCache(cache);
    await expect(removeInstalls({ cache })).rejects.toThrow(/one installation at a time/);
    expect(existsSync(kept)).toBe(true);
    release();
    expect(await removeInstalls({ cache })).toEqual([kept]);
  });

  it('removes nothing when one of the names is unknown', async () => {
    const kept = add('2.21.0', 'aaa');
    await expect(removeInstalls({ cache, which: ['2.21.0', '1.15'] })).rejects.toThrow(
      /must be installed, got "1\.15"\. There: tfjs-4\.22\.0_tensorflow-2\.21\.0_cpu_aaa/,
    );
    expect(existsSync(kept)).toBe(true);
  });
});
