import { createWorkbench, type Logger } from 'tessera';
import type { BackendName, OpenedBackend } from '@tessera/backends';
import type { ResolvedSpec, Workbench } from '@tessera/core';
import type { CommandContext } from './commandContext.js';
import type { SpecFlags, WorkbenchFlags } from './commands/sharedOptions.js';
import { loadPlugins } from './spec/loadPlugins.js';
import { applyOverrides, overridesFor, parseOverride } from './spec/overrides.js';
import { loadSpecFile, type SpecFile } from './spec/specFile.js';

/** An open workbench and what runs it. */
export interface Session {
  readonly workbench: Workbench;
  readonly backend: OpenedBackend;
}

/** Opens the backend and a workbench with the built-in plugins and those asked for. */
export async function openSession(context: CommandContext, flags: WorkbenchFlags): Promise<Session> {
  const { terminal } = context;
  const logger: Logger = {
    info: (message) => terminal.note(message),
    warn: (message) => terminal.note(`${terminal.noteStyle.yellow('warning:')} ${message}`),
  };
  const plugins = await loadPlugins(flags.plugin);
  // The name is checked by openBackend, whose message lists what there is.
  const backend = flags.backend as BackendName | 'auto' | undefined;
  const workbench = await createWorkbench({ plugins, logger, ...(backend !== undefined && { backend }) });
  return { workbench: workbench as unknown as Workbench, backend: workbench.backend };
}

/** Runs work with an open session and closes it afterwards. */
export async function withSession<T>(
  context: CommandContext,
  flags: WorkbenchFlags,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(context, flags);
  try {
    return await work(session);
  } finally {
    session.workbench.dispose();
  }
}

/** A spec file with its overrides, checked. */
export interface LoadedSpec extends SpecFile {
  readonly resolved: ResolvedSpec;
}

/**
 * Loads and checks a spec file; `named` says whether the command names it, so that plain overrides apply.
 * @throws SpecError or UsageError.
 */
export async function loadSpec(
  workbench: Workbench,
  path: string,
  flags: SpecFlags,
  named = true,
): Promise<LoadedSpec> {
  const file = await loadSpecFile(path);
  const overrides = flags.set.map(parseOverride);
  const spec = applyOverrides(file.spec, overridesFor(overrides, nameOf(file.spec), named));
  return { ...file, spec, resolved: workbench.resolve(spec) };
}

/** The name that a spec gives itself, before it is checked. */
export function nameOf(spec: unknown): string {
  const name = (spec as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? name : 'model';
}
