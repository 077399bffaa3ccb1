import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTessera } from '../../../../test/runTessera.js';
import { styleOf } from '../terminal/style.js';
import { version } from '../version.js';
import { pluginLines } from './pluginsText.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-listings-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const verbs = 'init train evaluate predict compare explain inspect schema plugins doctor backend'.split(' ');

describe('help', () => {
  it.each([...verbs, 'plugin new', 'data emoji', 'data verify', 'backend install', 'backend list', 'backend remove'])(
    'of %s has an example of it',
    async (verb) => {
      const { code, out } = await runTessera([...verb.split(' '), '--help']);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: tessera ${verb} `);
      expect(out.split('Examples:')[1]).toContain(`tessera ${verb}`);
    },
  );

  it('lists every verb, keeps to the terminal and leaves out what is not for people', async () => {
    const { out } = await runTessera(['--help'], { columns: 80 });
    for (const verb of verbs) expect(out).toMatch(new RegExp(`^ +${verb} `, 'm'));
    expect(out).not.toContain('worker');
    const described = out.slice(0, out.indexOf('Examples:')).split('\n');
    expect(Math.max(...described.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('comes to mind for a misspelt verb, an option that is missing, and no verb at all', async () => {
    expect(await runTessera(['trian', 'a.yaml'])).toMatchObject({
      code: 2,
      notes: expect.stringContaining('Did you mean train?'),
    });
    expect(await runTessera(['train'])).toMatchObject({ code: 2, notes: expect.stringContaining("argument 'spec'") });
    expect(await runTessera([])).toMatchObject({ code: 2, notes: expect.stringContaining('Usage: tessera') });
  });

  it('has the version of the package', async () => {
    const { version: written } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(version).toBe(written);
    expect((await runTessera(['--version'])).out).toBe(`${written}\n`);
  });
});

describe('tessera plugins', () => {
  it('lists each plugin with version and origin, and its parts below, wrapped to the terminal', async () => {
    const { out } = await runTessera(['plugins'], { columns: 80 });
    expect(out).toMatch(
      new RegExp(`^@tessera/text {2}${version} {2}built in\n {2}encoder +wordpiece +Word pieces`, 'm'),
    );
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('gives a part a line of its own in a file or pipe', async () => {
    const { out } = await runTessera(['plugins']);
    expect(out).toMatch(/^ {2}encoder +wordpiece +Word pieces .*\.$/m);
    expect(out).not.toContain('\u001b');
  });

  it('says of a plugin that cannot be used why, and puts a long origin below its name', () => {
    const origin = `./node_modules/${'deep/'.repeat(12)}tessera-plugin-late`;
    const late = {
      name: 'tessera-plugin-late',
      version: '0.2.0',
      origin,
      components: [],
      fault: 'it is\nof tomorrow.',
    };
    const lines = pluginLines([late, { ...late, origin: './late' }], styleOf({}, {}), 80);
    const left = '  left out: it is of tomorrow.';
    expect(lines).toEqual([
      ...['tessera-plugin-late  0.2.0', `  ${origin}`, left],
      ...['', 'tessera-plugin-late  0.2.0  ./late', left],
    ]);
  });

  it('lists a plugin once that is asked for twice', async () => {
    const file = join(folder, 'twice.ts');
    writeFileSync(file, `export const plugin = { name: 'none', components: [] };`);
    const { out } = await runTessera(['plugins', '--json', '--plugin', file, '--plugin', file]);
    const { plugins } = JSON.parse(out) as { plugins: { name: string }[] };
    expect(plugins.filter(({ name }) => name === file)).toHaveLength(1);
  });

  it('gives options with defaults as JSON, those of a plugin of the user among them', async () => {
    const file = join(folder, 'plugin.ts');
    writeFileSync(
      file,
      `const component = { kind: 'metric', name: 'luck', summary: 'Chance.', needs: {}, provides: [], encoders: {}, create: () => ({}), config: { parse: (given) => given, safeParse: () => ({ success: true, data: {} }), shape: {} } };
      export const plugin = { name: 'mine', components: [component] };`,
    );
    const { plugins, parts } = JSON.parse((await runTessera(['plugins', '--json', '--plugin', file])).out) as {
      plugins: { name: string; version: string | null; origin: string; provides: Record<string, string[]> }[];
      parts: { name: string; plugin: string; options: Record<string, unknown> }[];
    };
    expect(plugins.find(({ name }) => name === '@tessera/fusion')).toMatchObject({ version, origin: 'built in' });
    expect(plugins.at(-1)).toEqual({ name: file, version: null, origin: file, provides: { metric: ['luck'] } });
    expect(parts.find(({ name }) => name === 'bow')?.options['dimension']).toMatchObject({ default: 300 });
    expect(parts.find(({ name }) => name === 'luck')?.plugin).toBe('mine');
  });

  it('refuses a module without a plugin', async () => {
    const file = join(folder, 'no-plugin.ts');
    writeFileSync(file, 'export const plugin = { title: "x" };');
    const { code, notes } = await runTessera(['plugins', '--plugin', file]);
    expect(code).toBe(2);
    expect(notes).toMatch(/a plugin must have a name and components, got \{"title":"x"\}/);
  });
});

describe('tessera schema', () => {
  it('goes to the standard output or a file, and knows the parts', async () => {
    const { out } = await runTessera(['schema']);
    const schema = JSON.parse(out) as { properties: Record<string, unknown> };
    expect(Object.keys(schema.properties)).toContain('modalities');
    expect(out).toContain('"const": "resnet152"');
    const file = join(folder, 'schema.json');
    expect((await runTessera(['schema', '--output', file])).out).toBe('');
    expect(readFileSync(file, 'utf8')).toBe(out);
  });

  it('says where it cannot be written', async () => {
    const { code, notes } = await runTessera(['schema', '--output', join(folder, 'none/schema.json')]);
    expect(code).toBe(2);
    expect(notes).toContain('there is no such file or folder');
  });
});

describe('tessera doctor', () => {
  it('says what is there and why the choice fell', async () => {
    const { out } = await runTessera(['doctor']);
    expect(out).toMatch(/^cpu +yes +/m);
    expect(out).toMatch(/^chosen: \S+ \(.+\)$/m);
    const { backends, chosen } = JSON.parse((await runTessera(['doctor', '--json'])).out) as {
      backends: { name: string; available: boolean }[];
      chosen: { name: string };
    };
    expect(backends.find(({ name }) => name === chosen.name)?.available).toBe(true);
  });
});
