import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSpecFile } from './specFile.js';

let folder: string;
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-spec-'));
  mkdirSync(join(folder, 'sub'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const load = async (name: string, text: string): Promise<unknown> => (await loadSpecFile(write(name, text))).spec;

describe('a spec', () => {
  it.each([
    ['a.yaml', 'name: m # a comment'],
    ['a.yml', 'name: m'],
    ['a.json', '{ "name": "m" }'],
    ['a.ts', "const name: string = 'm';\nexport default { name } as const;"],
    ['a.mts', "export const spec = { name: 'm' } satisfies object;"],
    ['a.js', "export default { name: 'm' };"],
    ['a.mjs', "export default { name: 'm' };"],
    ['a.cjs', "module.exports = { name: 'm' };"],
  ])('is read from %s', async (name, text) => expect(await load(name, text)).toMatchObject({ name: 'm' }));

  it('of a module may use other modules', async () => {
    write('shared.ts', 'export const epochs: number = 7;');
    const text = "import { epochs } from './shared.js';\nexport default { training: { epochs } };";
    expect(await load('b.ts', text)).toEqual({ training: { epochs: 7 } });
  });

  it('lies on top of those that it extends: mappings merge, lists are replaced, null removes', async () => {
    write('base.yaml', 'name: base\ntraining: { epochs: 1, seed: 3, groups: [1, 2] }\ndata: { id: x }');
    write('sub/middle.yaml', 'extends: ../base.yaml\ntraining: { epochs: 2 }');
    expect(
      await load('top.yaml', 'extends: ./sub/middle.yaml\nname: top\ntraining: { groups: [] }\ndata: { id: null }'),
    ).toEqual({ name: 'top', training: { epochs: 2, seed: 3, groups: [] }, data: {} });
  });

  it('may extend several, each on top of those before it, which may share a base', async () => {
    write('base.yaml', 'name: base\ntraining: { epochs: 1, seed: 3 }');
    write('model.yaml', 'extends: ./base.yaml\nfusion: { type: concat }\ntraining: { epochs: 2 }');
    write('task.yaml', 'data: { id: x }\ntraining: { epochs: 4, seed: null }');
    expect(await load('top.yaml', 'extends: [./model.yaml, ./task.yaml]\nname: top')).toEqual({
      name: 'top',
      fusion: { type: 'concat' },
      data: { id: 'x' },
      training: { epochs: 4 },
    });
  });

  it('drops options of a part that it replaces by another', async () => {
    write(
      'base.yaml',
      'fusion: { type: bitransformer, numLayers: 2 }\nmodalities: { text: { encoder: bert, maxTokens: 4 } }',
    );
    expect(
      await load('top.yaml', 'extends: ./base.yaml\nfusion: { type: concat }\nmodalities: { text: { maxTokens: 8 } }'),
    ).toEqual({ fusion: { type: 'concat' }, modalities: { text: { encoder: 'bert', maxTokens: 8 } } });
  });
});

describe('a spec that cannot be read', () => {
  it.each([
    ['c.yaml', 'name: m\nmodalities: [\n', /c\.yaml:3:1: not valid YAML/],
    ['c.json', '{\n  "name": "m",\n}', /c\.json:3:1: not valid JSON: Expected double-quoted property name/],
    ['c.txt', 'name: m', /must be a \.yaml, \.yml, \.json, \.ts or \.js file, got "\.txt"/],
    ['c.ts', 'export const other = 1;', /must export a spec, as default or by the name "spec", got other/],
    ['d.ts', 'export default {\n  name: ,\n};', /d\.ts: .*line 2, column 9.*Mend its syntax/],
    ['e.ts', "import 'surely-not-installed';\nexport default {};", /imports "surely-not-installed", .*npm install/],
    ['f.js', "throw new Error('boom');", /f\.js: the module cannot be loaded, Error: boom/],
    ['g.yaml', 'extends: ./g.yaml', /must not extend each other in a circle, got .*g\.yaml → .*g\.yaml/],
    ['h.yaml', 'extends: 3', /extends must be the path of a spec, or a list of paths, got 3/],
    ['h.yaml', 'extends: []', /or a list of paths, got \[\]/],
    ['i.yaml', 'extends: ./tops.yaml', /tops\.yaml: there is no such file\. Did you mean "top\.yaml"\?/],
  ])('%s is refused with its place', async (name, text, message) => {
    await expect(load(name, text)).rejects.toThrow(message);
  });

  it('names a folder, and a run', async () => {
    await expect(loadSpecFile(folder)).rejects.toThrow(/must be a file, got a folder\. Name the file in it/);
    write('sub/run.json', '{}');
    await expect(loadSpecFile(join(folder, 'sub'))).rejects.toThrow(/It is a run/);
  });
});
