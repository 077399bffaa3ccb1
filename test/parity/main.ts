// `npm run parity [-- DIR] [--backend NAME] [--json]`: compares Tessera with the reference numbers in a folder.
import { backendNames, openBackend, type OpenedBackend } from '@tessera/backends';
import { isTesseraError } from '@tessera/core';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { outcomeLine, totalLine } from './report.js';
import { fixtureFiles, runFile, type Outcome } from './runParity.js';

const usage = `Usage: npm run parity [-- DIR] [--backend NAME] [--json]

Runs every *.json fixture of DIR (default: test/fixtures) through Tessera and compares all numbers in it with its own.
The format is told in test/fixtures/README.md. Prints one line for each file; the exit code is 1 when one fails.

  --backend NAME  ${backendNames.join(', ')} or auto (default: as the workbench chooses)
  --json          prints one JSON document instead of lines
  --help          prints this

Example: npm run parity -- ../fixtures --backend cpu`;

/** A mistake in how the command was called. */
class UsageError extends Error {}

interface Options {
  readonly path: string;
  readonly backend?: string;
  readonly json: boolean;
}

/** Runs the command; returns its exit code: 0 when all files pass, 1 when one fails, 2 for a mistake in the call. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (!options) {
      console.log(usage);
      return 0;
    }
    return await run(options);
  } catch (error) {
    if (!(error instanceof UsageError || isTesseraError(error))) throw error;
    console.error((error as Error).message);
    return 2;
  }
}

/** Undefined when help is asked for. */
function readOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (positionals.length > 1) throw new UsageError(`parity: one folder at a time, got ${positionals.join(', ')}.`);
  const [given] = positionals;
  // npm runs scripts in the package's folder and keeps where it was called from.
  const path = given === undefined ? defaultFolder() : resolve(process.env['INIT_CWD'] ?? '.', given);
  if (!existsSync(path)) throw new UsageError(`parity: DIR must exist, got ${path}. Give a folder of fixtures.`);
  return { path, json: values.json ?? false, ...(values.backend !== undefined && { backend: values.backend }) };
}

function parse(args: readonly string[]) {
  const flags = {
    backend: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: flags });
  } catch (error) {
    throw new UsageError(`parity: ${(error as Error).message}`);
  }
}

const defaultFolder = (): string => resolve(dirname(fileURLToPath(import.meta.url)), '../fixtures');

async function run({ path, backend: wish, json }: Options): Promise<number> {
  const files = await fixtureFiles(path);
  const backend = await openBackend(wish === undefined ? {} : { backend: wish as OpenedBackend['name'] });
  const outcomes: Outcome[] = [];
  if (!json) console.log(`backend: ${backend.name}, ${backend.reason}`);
  for (const [index, file] of files.entries()) {
    showProgress(`${index + 1}/${files.length} ${file}`);
    const outcome = await runFile(file);
    showProgress('');
    if (!outcome) continue;
    outcomes.push(outcome);
    if (!json) console.log(outcomeLine(outcome));
  }
  if (json) console.log(JSON.stringify({ backend: backend.name, outcomes }, null, 2));
  else console.log(totalLine(outcomes));
  if (outcomes.length === 0) console.error(`parity: no fixture in ${path}.`);
  return outcomes.length > 0 && outcomes.every(({ passed }) => passed) ? 0 : 1;
}

/** Shows what is running on a terminal's last line; an empty text takes it away. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
