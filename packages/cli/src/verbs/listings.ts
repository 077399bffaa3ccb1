import { writeFileSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import { relative, sep } from 'node:path';
import { inspectBackends, openBackend } from '@tessera/backends';
import {
  inversifyContainer,
  isTesseraError,
  SpecError,
  Workbench,
  type AnyDefinition,
  type LoadedPlugin,
} from '@tessera/core';
import { builtIns, loadPlugins, nodePluginLoader } from 'tessera';
import type { CommandContext } from '../commandContext.js';
import { formatBytes } from '../terminal/format.js';
import { renderFacts, renderTable } from '../terminal/table.js';
import { version } from '../version.js';
import { pluginLines, type ShownPlugin } from './pluginsText.js';

/** A workbench without a backend, enough to list and check, with the plugins that were asked for and those installed. */
async function bareWorkbench(
  asked: readonly string[],
): Promise<{ readonly workbench: Workbench; readonly plugins: readonly ShownPlugin[] }> {
  const workbench = new Workbench(builtIns, inversifyContainer());
  const plugins: ShownPlugin[] = builtIns.map((plugin) =>
    shown({ name: plugin.name, version, origin: 'built in', plugin }),
  );
  const add = (found: Omit<LoadedPlugin, 'specifier'>): void => {
    workbench.registry.add(found.plugin);
    if (!plugins.some(({ origin }) => origin === shortPath(found.origin))) plugins.push(shown(found));
  };
  for (const found of await loadPlugins(asked)) add(found);
  for (const found of await nodePluginLoader.loadInstalled(process.cwd())) {
    try {
      if ('fault' in found) throw new SpecError(found.fault);
      add(found);
    } catch (error) {
      if (!isTesseraError(error)) throw error;
      const { name, version: own = null, origin } = found;
      plugins.push({ name, version: own, origin: shortPath(origin), components: [], fault: error.message });
    }
  }
  return { workbench, plugins };
}

const shown = ({ name, version: own, origin, plugin }: Omit<LoadedPlugin, 'specifier'>): ShownPlugin => ({
  name,
  version: own ?? null,
  origin: shortPath(origin),
  components: plugin.components,
});

/** A plugin as JSON has it: names of its parts by kind. */
function listed({ components, fault, ...plugin }: ShownPlugin): object {
  const provides: Record<string, string[]> = {};
  for (const { kind, name } of components) (provides[kind] ??= []).push(name);
  return { ...plugin, provides, ...(fault !== undefined && { fault }) };
}

/** A path below the working folder as its user would write it. */
const shortPath = (path: string): string =>
  path.startsWith(process.cwd() + sep) ? `.${sep}${relative('', path)}` : path;

const warnOfBroken = ({ terminal }: CommandContext, plugins: readonly ShownPlugin[]): void => {
  for (const { name, fault } of plugins) {
    if (fault !== undefined)
      terminal.note(`${terminal.noteStyle.yellow('warning:')} the plugin ${name} is left out: ${fault}`);
  }
};

/** Prints the JSON Schema. */
export async function runSchema(context: CommandContext, flags: { plugin: string[]; output?: string }): Promise<void> {
  const { workbench, plugins } = await bareWorkbench(flags.plugin);
  warnOfBroken(context, plugins);
  const schema = `${JSON.stringify(workbench.jsonSchema(), undefined, 2)}\n`;
  if (flags.output === undefined) context.terminal.streams.stdout.write(schema);
  else writeFileSync(flags.output, schema);
}

/** Lists plugins with their parts. */
export async function runPlugins(context: CommandContext, flags: { plugin: string[]; json?: boolean }): Promise<void> {
  const { terminal } = context;
  const { workbench, plugins } = await bareWorkbench(flags.plugin);
  if (flags.json) {
    const parts = workbench.registry.list().map(({ definition, owner }) => ({
      kind: definition.kind,
      name: definition.name,
      plugin: owner,
      summary: definition.summary,
      options: optionsOf(definition),
    }));
    return terminal.printJson({ plugins: plugins.map(listed), parts });
  }
  terminal.print(...pluginLines(plugins, terminal.style, terminal.resultColumns));
  terminal.note('', 'tessera plugins --json lists the options of each; tessera schema gives them to an editor.');
}

function optionsOf({ config }: AnyDefinition): Record<string, unknown> {
  const defaults = config.safeParse({});
  const values: Record<string, unknown> = defaults.success ? defaults.data : {};
  return Object.fromEntries(
    Object.entries(config.shape as Readonly<Record<string, { meta(): { description?: string } | undefined }>>).map(
      ([name, schema]) => [name, { description: schema.meta()?.description ?? null, default: values[name] ?? null }],
    ),
  );
}

/** Says what is available. */
export async function runDoctor({ terminal }: CommandContext, flags: { json?: boolean }): Promise<void> {
  const backends = await inspectBackends();
  const chosen = await openBackend();
  const machine = {
    tessera: version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'} × ${cpus().length}`,
    memory: `${formatBytes(totalmem())}, ${formatBytes(freemem())} free`,
  };
  if (flags.json)
    return terminal.printJson({ ...machine, backends, chosen: { name: chosen.name, reason: chosen.reason } });
  const { style } = terminal;
  terminal.print(...renderFacts(Object.entries(machine), style, terminal.resultColumns), '');
  const rows = backends.map(({ name, available, detail }) => [name, available ? 'yes' : 'no', detail]);
  terminal.print(
    ...renderTable([{ title: 'backend' }, { title: 'there' }, { title: 'detail' }], rows, {
      style,
      columns: terminal.resultColumns,
      highlight: rows.findIndex(([name]) => name === chosen.name),
    }),
  );
  terminal.print(
    '',
    `chosen: ${style.bold(chosen.name)} (${chosen.reason})`,
    'Another one: --backend NAME, or TESSERA_BACKEND=NAME.',
  );
}
