import { writeFileSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import { inspectBackends, openBackend } from '@tessera/backends';
import { inversifyContainer, Workbench, type AnyDefinition } from '@tessera/core';
import { builtIns } from 'tessera';
import type { CommandContext } from '../commandContext.js';
import { loadPlugins } from '../spec/loadPlugins.js';
import { formatBytes } from '../terminal/format.js';
import { renderFacts, renderTable } from '../terminal/table.js';
import { version } from '../version.js';

/** A workbench without a backend: enough to list and check. */
const bareWorkbench = async (plugins: readonly string[]): Promise<Workbench> =>
  new Workbench([...builtIns, ...(await loadPlugins(plugins))], inversifyContainer());

/** Prints the JSON Schema. */
export async function runSchema(
  { terminal }: CommandContext,
  flags: { plugin: string[]; output?: string },
): Promise<void> {
  const schema = `${JSON.stringify((await bareWorkbench(flags.plugin)).jsonSchema(), undefined, 2)}\n`;
  if (flags.output === undefined) terminal.streams.stdout.write(schema);
  else writeFileSync(flags.output, schema);
}

/** Lists all parts. */
export async function runPlugins(
  { terminal }: CommandContext,
  flags: { plugin: string[]; json?: boolean },
): Promise<void> {
  const parts = (await bareWorkbench(flags.plugin)).registry.list();
  const described = parts.map(({ definition, owner }) => ({
    kind: definition.kind,
    name: definition.name,
    plugin: owner,
    summary: definition.summary,
    options: optionsOf(definition),
  }));
  if (flags.json) return terminal.printJson(described);
  const rows = described.map(({ kind, name, plugin, summary }) => [kind, name, plugin, summary]);
  terminal.print(
    ...renderTable([{ title: 'kind' }, { title: 'name' }, { title: 'plugin' }, { title: 'what it is' }], rows, {
      style: terminal.style,
      columns: terminal.resultColumns,
    }),
  );
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
