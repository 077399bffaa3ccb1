import { sep } from 'node:path';
import { createWorkbench, loadPlugins, type Logger } from 'tessera';
import type { BackendName, OpenedBackend } from '@tessera/backends';
import { SpecError, type ResolvedSpec, type Workbench } from '@tessera/core';
import type { CommandContext } from './commandContext.js';
import { byteProgress } from './terminal/byteProgress.js';
import { applyOverrides, overridesFor, parseOverride } from './spec/overrides.js';
import { loadSpecFile, type SpecFile } from './spec/specFile.js';

/** Options of every command that opens a workbench. */
export interface WorkbenchFlags {
  readonly backend?: string;
  /** Of native TensorFlow and wasm. */
  readonly threads?: number;
  /** Modules with plugins beside the built-in ones. */
  readonly plugin: readonly string[];
}

/** Options of every command that reads a spec. */
export interface SpecFlags {
  /** `path=value` or `name:path=value`. */
  readonly set: readonly string[];
}

/** An open workbench and what runs it. */
export interface Session {
  readonly workbench: Workbench;
  readonly backend: OpenedBackend;
}

/** Opens the backend and a workbench with the built-in plugins and those asked for. */
export async function openSession(context: CommandContext, flags: WorkbenchFlags): Promise<Session> {
  const { terminal } = context;
  const logger: Logger = {
    info: (message) => terminal.note(withRelativePaths(message)),
    warn: (message) => terminal.note(`${terminal.noteStyle.yellow('warning:')} ${withRelativePaths(message)}`),
    progress: byteProgress(terminal),
  };
  const plugins = (await loadPlugins(flags.plugin)).map(({ plugin }) => plugin);
  // The name is checked by openBackend, whose message lists what there is.
  const backend = flags.backend as BackendName | 'auto' | undefined;
  const workbench = await createWorkbench({
    plugins,
    logger,
    ...(backend !== undefined && { backend }),
    ...(flags.threads !== undefined && { threads: flags.threads }),
  });
  return { workbench: workbench as unknown as Workbench, backend: workbench.backend };
}

/** Paths below the working folder as its user would write them. */
const withRelativePaths = (message: string): string => message.replaceAll(process.cwd() + sep, '');

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
  const complete = await workbench.withPlugins(spec, file.folder);
  return { ...file, spec: complete, resolved: resolveNamed(workbench, complete, path) };
}

/** Checks a spec; its mistakes name the file, of which a command may have several. */
function resolveNamed(workbench: Workbench, spec: unknown, path: string): ResolvedSpec {
  try {
    return workbench.resolve(spec);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    const lines = error.message.split('\n');
    const message = lines.length === 1 ? `${path}: ${error.message}` : [`${path}:`, ...lines].join('\n  ');
    throw new SpecError(message, { cause: error });
  }
}

/** The name that a spec gives itself, before it is checked. */
export function nameOf(spec: unknown): string {
  const name = (spec as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? name : 'model';
}
