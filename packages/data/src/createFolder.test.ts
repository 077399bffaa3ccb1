import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFolder } from './createFolder.js';

describe('createFolder', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tessera-folder-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('creates what is missing on the way, and nothing a second time', () => {
    const deep = join(folder, 'a', 'b', 'c');
    createFolder(deep);
    writeFileSync(join(deep, 'kept'), '');
    createFolder(deep);
    expect(existsSync(join(deep, 'kept'))).toBe(true);
  });

  it('does not take a file for a folder', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => createFolder(join(folder, 'file'))).toThrow(/EEXIST/);
    expect(() => createFolder(join(folder, 'file', 'below'))).toThrow(/ENOTDIR/);
  });

  it.runIf(existsSync('/proc/self'))('ends where no folder can be made and the system does not say why', () => {
    expect(() => createFolder('/proc/tessera/runs')).toThrow(/ENOENT/);
  });
});
