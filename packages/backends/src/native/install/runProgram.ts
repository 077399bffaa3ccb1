import { spawn } from 'node:child_process';

/** What a program left behind. */
export interface ProgramResult {
  /** Null where it could not be started or was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be started, such as ENOENT. */
  readonly failure?: string;
}

/** Runs a program to its end; not finding it is a result, not an error. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ code: null, ...output, failure: error.code ?? error.message }),
    );
    child.on('close', (code) => resolve({ code, ...output }));
    // A program that ends early closes its input; its result tells more than the broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** The last lines of a program's errors, for a message. */
export const lastLines = ({ stdout, stderr, failure }: ProgramResult, count = 12): string =>
  failure ?? (stderr.trim() || stdout.trim()).split('\n').slice(-count).join('\n');
