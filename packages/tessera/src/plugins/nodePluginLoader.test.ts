// Installed packages as npm leaves them, in a folder of their own.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inversifyContainer, logger, pluginInterface, pluginLoader, Workbench } from '@tessera/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtIns } from '../builtIns.js';
import { findInstalledPlugins } from './installedPlugins.js';
import { loadPlugins, nodePluginLoader } from './nodePluginLoader.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tessera-installed-')));
const project = join(folder, 'project');

function write(path: string, content: string | object): void {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

/** A metric's definition as plain data, which needs no package. */
const partOf = (name: string): string =>
  `{ kind: 'metric', name: '${name}', summary: 'Chance.', needs: {}, provides: [], encoders: {}, config: { shape: {}, parse: (given) => given, safeParse: (data) => ({ success: true, data }) }, create: () => ({}) }`;
const pluginOf = (name: string, more = ''): string => `{ name: '${name}', components: [${partOf(name)}] ${more} }`;

interface Package {
  readonly code?: string;
  readonly tessera?: object;
  readonly type?: string;
}

function install(name: string, { code, tessera = {}, type = 'module' }: Package): void {
  const manifest = { name, version: '1.2.3', type, tessera: { plugin: './index.js', ...tessera } };
  write(`node_modules/${name}/package.json`, manifest);
  if (code !== undefined) write(`node_modules/${name}/index.js`, code);
}

beforeAll(() => {
  install('plugin-module', { code: `export const plugin = ${pluginOf('luck')};` });
  install('@lab/plugin-common', { type: 'commonjs', code: `module.exports.plugin = ${pluginOf('chance')};` });
  install('plugin-compiled', {
    type: 'commonjs',
    code: `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = ${pluginOf('odds')};`,
  });
  install('plugin-throws', { code: 'globalThis.pluginThrowsRan = true; throw new TypeError("no such device");' });
  install('plugin-later', { tessera: { interface: '^2.0' }, code: 'globalThis.pluginThrowsRan = true;' });
  install('plugin-unbuilt', {});
  install('plugin-outside', { tessera: { plugin: '../plugin-module/index.js' } });
  install('plugin-marked', { code: `export const plugin = ${pluginOf('fate', `, interface: '0.3'`)};` });
  install('plugin-hollow', { code: `export const plugin = { name: 'hollow', components: [{ kind: 'metric' }] };` });
  install('plugin-kind', { code: `export const plugin = ${pluginOf('other').replace("'metric'", "'metrik'")};` });
  install('plugin-null', { code: 'throw null;' });
  install('plugin-taken', { code: `export const plugin = ${pluginOf('accuracy')};` });
  write('node_modules/left-pad/package.json', { name: 'left-pad', version: '1.0.0' });
  write('node_modules/broken-json/package.json', '{ "tessera": ');
  write(
    'mine/metric.ts',
    `const name: string = 'mine'; export const plugin = { name, components: [${partOf('mine')}] };`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const faults: Readonly<Record<string, string>> = {
  'plugin-throws': 'TypeError: no such device',
  'plugin-later': `tessera.interface must take the interface here, ${pluginInterface}, got ^2.0`,
  'plugin-unbuilt': 'tessera.plugin must be a file, got ./index.js',
  'plugin-outside': 'tessera.plugin must be a path in the package',
  'plugin-hollow': 'components[0] must be a part',
  'plugin-kind': 'components[0] must be a part',
  'plugin-null': 'it throws: null',
  'plugin-marked': `${pluginInterface}, got interface=0.3. Update the plugin.`,
};

describe('findInstalledPlugins', () => {
  it('reads package.json from this folder and those above, and runs no code', () => {
    mkdirSync(join(project, 'specs/deep'), { recursive: true });
    const found = findInstalledPlugins(join(project, 'specs/deep')).filter(({ origin }) => origin.startsWith(project));
    expect(found.map(({ name, version }) => `${name} ${version}`)).toEqual([
      '@lab/plugin-common 1.2.3',
      ...[
        'compiled',
        'hollow',
        'kind',
        'later',
        'marked',
        'module',
        'null',
        'outside',
        'taken',
        'throws',
        'unbuilt',
      ].map((n) => `plugin-${n} 1.2.3`),
    ]);
    expect('pluginThrowsRan' in globalThis).toBe(false);
  });
});

describe('nodePluginLoader', () => {
  it('loads what is installed, ES modules and CommonJS, and says of each broken one why', async () => {
    const found = await nodePluginLoader.loadInstalled(project);
    const names = found.flatMap((one) => ('plugin' in one ? [`${one.name}: ${one.plugin.name}`] : []));
    expect(names).toEqual([
      '@lab/plugin-common: chance',
      'plugin-compiled: odds',
      'plugin-module: luck',
      'plugin-taken: accuracy',
    ]);
    const broken = found.flatMap((one) => ('fault' in one ? [[one.name, one.fault] as const] : []));
    expect(Object.fromEntries(broken)).toEqual(
      Object.fromEntries(Object.entries(faults).map(([name, fault]) => [name, expect.stringContaining(fault)])),
    );
  });

  it('loads packages by name and TypeScript modules by path, each once', async () => {
    const [first, second] = await loadPlugins(['plugin-module', './mine/metric.ts'], project);
    expect([first?.version, second?.plugin.name]).toEqual(['1.2.3', 'mine']);
    expect(second?.specifier).toBe(join(project, 'mine/metric.ts'));
    const [again] = await loadPlugins([join(project, 'mine/metric.ts')]);
    expect(again?.plugin).toBe(second?.plugin);
  });

  it.each(Object.entries(faults))('refuses %s when it is asked for', async (name, fault) => {
    const loading = loadPlugins([name], project);
    await expect(loading).rejects.toMatchObject({ name: 'SpecError', message: expect.stringContaining(`${name}: `) });
    await expect(loading).rejects.toThrow(fault);
  });

  it('refuses a module that is not there, and a package that is not installed', async () => {
    await expect(loadPlugins(['plugin-nowhere'], project)).rejects.toThrow(
      'plugin-nowhere: the module cannot be loaded, it is not installed. Run: npm install plugin-nowhere',
    );
    await expect(loadPlugins(['./mine/metrics.ts'], project)).rejects.toThrow('got ./mine/metrics.ts, which is not in');
  });
});

describe('withPlugins', () => {
  const warnings: string[] = [];
  function makeWorkbench(): Workbench {
    const container = inversifyContainer();
    container.bind(pluginLoader, { value: nodePluginLoader });
    container.bind(logger, { value: { info: () => undefined, warn: (message) => void warnings.push(message) } });
    warnings.length = 0;
    return new Workbench(builtIns, container);
  }
  const specOf = (metric: string, more: object = {}): object => ({
    ...more,
    modalities: { text: { encoder: 'wordpiece' } },
    fusion: { type: 'bitransformer' },
    heads: { label: { type: 'single-label', metrics: [metric] } },
  });

  it('looks for installed plugins where a part is unknown, and warns of those it leaves out', async () => {
    const workbench = makeWorkbench();
    await workbench.withPlugins(specOf('accuracy'), project);
    expect([workbench.registry.find('metric', 'luck'), warnings]).toEqual([undefined, []]);
    const spec = await workbench.withPlugins(specOf('luck'), project);
    expect(workbench.resolve(spec).heads['label']?.metrics).toEqual(['luck']);
    expect(workbench.resolve(spec).plugins).toEqual(['plugin-module']); // what is saved tells where the part is from
    const again = await workbench.withPlugins(specOf('luck'), project);
    expect(workbench.resolve(again).plugins).toEqual(['plugin-module']);
    expect(await workbench.withPlugins(specOf('accuracy'), project)).toEqual(specOf('accuracy'));
    expect(warnings.map((warning) => /the plugin (\S+) is left out/.exec(warning)?.[1]).sort()).toEqual(
      [...Object.keys(faults), 'plugin-taken'].sort(),
    );
  });

  it('loads what a spec names, and writes modules by absolute path for the run that is saved', async () => {
    const workbench = makeWorkbench();
    const given = specOf('mine', { plugins: ['./metric.ts', '@lab/plugin-common'] });
    const spec = await workbench.withPlugins(given, join(project, 'mine'));
    const saved = workbench.plainSpec(workbench.resolve(spec));
    expect(saved['plugins']).toEqual([join(project, 'mine/metric.ts'), '@lab/plugin-common']);
    await workbench.withPlugins(saved, project);
    expect(workbench.registry.names('metric').filter((name) => name === 'mine' || name === 'chance')).toHaveLength(2);
    const later = makeWorkbench();
    expect(later.resolve(await later.withPlugins(saved, project, 'if needed')).plugins).toEqual(saved['plugins']);
  });

  it('refuses plugins that are no list, as any other key', async () => {
    const workbench = makeWorkbench();
    const spec = await workbench.withPlugins(specOf('accuracy', { plugins: './metric.ts' }), project);
    expect(() => workbench.resolve(spec)).toThrow('plugins: must be a list, got "./metric.ts".');
  });
});
