import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runTessera } from '../../../../test/runTessera.js';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'tessera-cache-'));
  vi.stubEnv('TESSERA_CACHE', cache);
  vi.stubEnv('TESSERA_NATIVE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

const addBroken = (): string => {
  const folder = join(cache, 'native', 'tfjs-4.22.0_tensorflow-2.21.0_cpu_0123456789ab');
  mkdirSync(folder, { recursive: true });
  return folder;
};

describe('tessera backend list', () => {
  it('says how to install where nothing is', async () => {
    const { code, out } = await runTessera(['backend', 'list']);
    expect(code).toBe(0);
    expect(out).toContain(`Nothing is installed in ${join(cache, 'native')}.\ntessera backend install`);
  });

  it('names what is broken and how to be rid of it', async () => {
    const folder = addBroken();
    const { out, notes } = await runTessera(['backend', 'list']);
    expect(out).toContain(`broken: install.json is missing`);
    expect(out).toContain(folder);
    expect(notes).toContain('tessera backend remove --unused');
  });

  it('gives the same as JSON', async () => {
    const folder = addBroken();
    const { out } = await runTessera(['backend', 'list', '--json']);
    expect(JSON.parse(out)).toEqual({
      cache: join(cache, 'native'),
      installs: [],
      broken: [{ folder, problem: 'install.json is missing' }],
    });
  });
});

describe('tessera backend remove', () => {
  it('removes what is broken and says so', async () => {
    const folder = addBroken();
    const { code, out } = await runTessera(['backend', 'remove', '--unused']);
    expect({ code, out }).toEqual({ code: 0, out: `removed: ${folder}\n` });
    expect(readdirSync(join(cache, 'native'))).toEqual([]);
    expect((await runTessera(['backend', 'remove'])).out).toBe('There was nothing to remove.\n');
  });

  it('refuses a name that is not there', async () => {
    const { code, notes } = await runTessera(['backend', 'remove', '1.15.0']);
    expect(code).toBe(2);
    expect(notes).toMatch(/^error: backend remove: .* got "1\.15\.0"\. There: nothing is installed/);
  });
});

describe('tessera doctor', () => {
  it('says how to install what is missing, and how to mend what is broken', async () => {
    expect((await runTessera(['doctor'])).out).toMatch(/^native +no +not installed; tessera backend install$/m);
    const folder = addBroken();
    const { out } = await runTessera(['doctor']);
    expect(out).toContain(`${folder} is broken (install.json is missing); tessera backend install mends it`);
  });
});
