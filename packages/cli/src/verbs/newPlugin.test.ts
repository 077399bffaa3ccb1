import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginInterface } from '@tessera/core';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../../test/runTessera.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-new-plugin-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, ...flags: string[]) => runTessera(['plugin', 'new', join(folder, name), ...flags]);
const read = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');

const kinds = ['encoder', 'fusion', 'head', 'loss', 'dataset'];
const variants = kinds.flatMap((kind) =>
  ['typescript', 'javascript'].flatMap((language) =>
    ['esm', 'commonjs'].map((module) => [kind, language, module] as const),
  ),
);

describe('tessera plugin new', () => {
  it.each(variants)('writes a package with a part of kind %s in %s as %s', async (kind, language, module) => {
    const name = `tessera-plugin-${kind}-${language}-${module}`;
    expect((await write(name, '--kind', kind, '--language', language, '--module', module)).code).toBe(0);
    const manifest = JSON.parse(read(name, 'package.json')) as { name: string; type: string; tessera: object };
    const entry = language === 'typescript' ? './dist/index.js' : './index.js';
    const tessera = { plugin: entry, interface: `^${pluginInterface}` };
    expect(manifest).toMatchObject({ name, type: module === 'esm' ? 'module' : 'commonjs', tessera });
    const code = read(name, language === 'typescript' ? 'src/index.ts' : 'index.js');
    const part = name.slice('tessera-plugin-'.length);
    expect(code).toContain(`name: '${part}'`);
    const test = read(name, `test/contract.test.${module === 'esm' ? 'mjs' : 'cjs'}`);
    for (const [file, text] of [
      [language === 'typescript' ? 'a.ts' : 'a.js', code],
      ['b.js', test],
    ] as const) {
      const { diagnostics } = ts.transpileModule(text, { reportDiagnostics: true, fileName: file });
      expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
      expect(text).not.toMatch(/[⟨⟩]|NAME/);
    }
    expect(read(name, 'README.md')).toContain(part);
  });

  it('refuses a folder with something in it, and a name that npm refuses', async () => {
    await write('tessera-plugin-twice', '--kind', 'loss');
    const twice = await write('tessera-plugin-twice', '--kind', 'loss');
    expect(twice).toMatchObject({ code: 2, notes: expect.stringContaining('the folder is not empty') });
    const capital = await write('MyPlugin', '--kind', 'loss');
    expect(capital).toMatchObject({ code: 2, notes: expect.stringContaining('got "MyPlugin". Write for example') });
    expect(existsSync(join(folder, 'MyPlugin'))).toBe(false);
    for (const name of ['', ' ', '@lab', '@lab/../x', 'a'.repeat(215)]) {
      const refused = await runTessera(['plugin', 'new', name, '--kind', 'loss']);
      expect(refused).toMatchObject({ code: 2, notes: expect.stringContaining('a name must be of small letters') });
    }
  });

  it('refuses the name of a built-in part of that kind', async () => {
    const { code, notes } = await write('tessera-plugin-focal', '--kind', 'loss');
    expect([code, notes]).toEqual([2, expect.stringContaining('got focal, which is a built-in loss')]);
    expect((await write('tessera-plugin-focal', '--kind', 'head')).code).toBe(0);
  });

  it('says how the package is installed', async () => {
    const { notes } = await write('tessera-plugin-next', '--kind', 'loss');
    expect(notes).toContain(`  npm install ${join(folder, 'tessera-plugin-next')}, and tessera plugins lists it`);
  });

  it('asks for a kind that there is', async () => {
    const { code, notes } = await write('tessera-plugin-x', '--kind', 'metrik');
    expect([code, notes]).toEqual([
      2,
      expect.stringContaining('Allowed choices are encoder, fusion, head, loss, dataset'),
    ]);
  });
});
