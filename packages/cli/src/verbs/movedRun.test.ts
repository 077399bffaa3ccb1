// A run whose spec names a plugin's module: it finds it in a project that moved, alone, and says so where it cannot.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../../test/runTessera.js';
import { tinyBowSpec, writeTinyFiles } from '../../../../test/tinyFiles.js';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

/** A metric as plain data, which needs no package; it leaves a file when it is run. */
const luck = (mark: string): string => `import { writeFileSync } from 'node:fs';
writeFileSync(${JSON.stringify(mark)}, '');
const part = { kind: 'metric', name: 'luck', summary: 'Chance.', needs: {}, provides: [], encoders: {}, config: { shape: {}, parse: (given) => given, safeParse: (data) => ({ success: true, data }) },
  create: () => ({ targetKinds: ['class-index'], greaterIsBetter: true, compute: () => 0.5 }) };
export const plugin = { name: 'luck', components: [part] };
`;

/** A project with a trained run; returns its run. */
async function trainIn(name: string): Promise<string> {
  mkdirSync(at(name, 'specs'), { recursive: true });
  writeTinyFiles(at(name));
  writeFileSync(at(name, 'luck.mjs'), luck(at('ran')));
  const spec = tinyBowSpec() as { heads: { kind: object }; data: Record<string, string> };
  const data = Object.fromEntries(
    Object.entries(spec.data).map(([key, value]) => [key, /\.jsonl$/.test(value) ? `../${value}` : value]),
  );
  const heads = { kind: { ...spec.heads.kind, metrics: ['accuracy', 'luck'] } };
  const text = JSON.stringify({ ...spec, heads, data, plugins: ['../luck.mjs'] });
  writeFileSync(at(name, 'specs', 'bow.json'), text);
  const run = at(name, 'runs', 'bow');
  const { code, notes } = await runTessera(['train', at(name, 'specs', 'bow.json'), '--to', run]);
  expect(code, notes).toBe(0);
  return run;
}
const predict = (run: string, ...more: string[]) => runTessera(['predict', run, '--text', 'a pear', ...more]);

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tessera-moved-')));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a run whose spec names a module', () => {
  it('keeps its path from the spec, and finds it where the project or the run alone has moved', async () => {
    const run = await trainIn('first');
    const { last } = (JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as { checkpoints: { last: string } })
      .checkpoints;
    expect(readFileSync(join(run, 'checkpoints', last, 'spec.yaml'), 'utf8')).toMatch(
      /plugins:\n +- \.\.\/luck\.mjs\n/,
    );
    renameSync(run, at('alone'));
    expect((await predict(at('alone'))).code).toBe(0);
    renameSync(at('alone'), run);
    renameSync(at('first'), at('moved'));
    expect((await predict(at('moved', 'runs', 'bow'))).code).toBe(0);
    expect((await predict(at('moved', 'runs', 'bow', 'checkpoints', last))).code).toBe(0);
  });

  it('says where the module was, and takes it from elsewhere', async () => {
    const run = await trainIn('second');
    renameSync(at('second', 'luck.mjs'), at('luck-elsewhere.mjs'));
    const { code, notes } = await predict(run);
    expect([code, notes]).toEqual([2, expect.stringContaining(`got ${at('second', 'luck.mjs')}, which is not there.`)]);
    expect(notes).toContain('--plugin FILE');
    expect((await predict(run, '--plugin', at('luck-elsewhere.mjs'))).code).toBe(0);
  });

  it('is packed with the name of the module alone, and the packed run runs none that lies about', async () => {
    const run = await trainIn('third');
    const packed = at('third', 'bow.tessera');
    expect((await runTessera(['pack', run, packed])).code).toBe(0);
    expect(readFileSync(packed).includes(folder)).toBe(false);
    writeFileSync(at('third', 'luck.mjs'), luck(at('ran-again')));
    const { code, notes } = await predict(packed);
    expect([code, notes]).toEqual([2, expect.stringContaining('needs ./luck.mjs')]);
    expect(existsSync(at('ran-again'))).toBe(false);
    renameSync(at('third', 'luck.mjs'), at('third', 'own.mjs'));
    expect((await predict(packed, '--plugin', at('third', 'own.mjs'))).code).toBe(0);
  });
});
