import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join, normalize, resolve } from 'node:path';
import { nearestName, SpecError } from '@tessera/core';
import { importModule, pickExport } from 'tessera';
import { parseDocument } from 'yaml';
import { extendSpec } from './extendSpec.js';

/** A spec as it stands in a file, not checked yet. */
export interface SpecFile {
  /** As the user gave it. */
  readonly path: string;
  /** Absolute folder that relative paths in the spec start from. */
  readonly folder: string;
  readonly spec: unknown;
}

const textFormats = ['.yaml', '.yml', '.json'] as const;
const moduleFormats = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'] as const;

/** Whether a path's ending is one of a spec's. */
export const isSpecPath = (path: string): boolean =>
  ([...textFormats, ...moduleFormats] as readonly string[]).includes(extname(path).toLowerCase());

/**
 * Reads a spec from YAML, JSON or a module (default export, or one named `spec`) and follows its `extends`.
 * @throws SpecError that names the file, with line and column where its text cannot be parsed.
 */
export async function loadSpecFile(path: string): Promise<SpecFile> {
  const file = await readSpecFile(path);
  const spec = await extendSpec(file.spec, normalize(path), (base, from) =>
    readBase(isAbsolute(base) ? base : join(dirname(from), base)),
  );
  return { ...file, spec };
}

/** What a spec extends: another spec, or a run, from which its model grows. */
async function readBase(path: string): Promise<{ readonly path: string; readonly spec: unknown }> {
  const isRun = path.endsWith('.tessera') || existsSync(join(path, 'run.json'));
  return isRun ? { path, spec: (await import('./runSpec.js')).grownSpec(path) } : readSpecFile(path);
}

/** Reads one file, `extends` not followed. */
async function readSpecFile(path: string): Promise<SpecFile> {
  requireFile(path);
  const format = extname(path).toLowerCase();
  const file = { path, folder: dirname(resolve(path)) };
  if ((moduleFormats as readonly string[]).includes(format)) {
    return { ...file, spec: pickExport(await importModule(path), 'spec', path) };
  }
  if (format === '.json') return { ...file, spec: parseJson(path, readFileSync(path, 'utf8')) };
  if (format === '.yaml' || format === '.yml') return { ...file, spec: parseYaml(path, readFileSync(path, 'utf8')) };
  throw new SpecError(
    `${path}: a spec must be a .yaml, .yml, .json, .ts or .js file, got "${format || basename(path)}". Rename or convert it.`,
  );
}

function requireFile(path: string): void {
  if (!existsSync(path)) throw new SpecError(`${path}: there is no such file.${suggestNeighbour(path)}`);
  if (statSync(path).isDirectory()) {
    const isRun = existsSync(resolve(path, 'run.json'));
    throw new SpecError(
      `${path}: a spec must be a file, got a folder. ${isRun ? 'It is a run: a spec may extend it with extends: RUN.' : 'Name the file in it.'}`,
    );
  }
}

function suggestNeighbour(path: string): string {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) return ` There is no folder ${dirname(path)} either.`;
  const specs = readdirSync(folder).filter((name) => isSpecPath(name) && /\.(ya?ml|json)$/i.test(name));
  const near = nearestName(basename(path), specs);
  if (near !== undefined) return ` Did you mean "${near}"?`;
  return specs.length ? ` That folder has: ${specs.slice(0, 8).join(', ')}.` : ' Check the path.';
}

/** Throws SpecError with line and column. */
function parseYaml(path: string, text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = document.errors;
  if (!fault) return document.toJS() as unknown;
  const [start] = fault.linePos ?? [];
  const place = start ? `${path}:${start.line}:${start.col}` : path;
  const reason = (fault.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '').replace(/\.$/, '');
  throw new SpecError(`${place}: not valid YAML: ${reason}.${quoteLine(text, start?.line)}`, { cause: fault });
}

/** Throws SpecError with line and column. */
function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const { message } = error as Error;
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const before = text.slice(0, position).split('\n');
    const place = `${path}:${before.length}:${(before.at(-1) ?? '').length + 1}`;
    const reason = message.replace(/ in JSON at position.*$/s, '').replace(/, ("|\.\.\.).* is not valid JSON$/s, '');
    throw new SpecError(`${place}: not valid JSON: ${reason}.${quoteLine(text, before.length)}`, { cause: error });
  }
}

function quoteLine(text: string, line: number | undefined): string {
  const content = line === undefined ? undefined : text.split('\n')[line - 1]?.trim();
  return content ? ` The line is: ${content.length > 80 ? `${content.slice(0, 79)}…` : content}` : '';
}
