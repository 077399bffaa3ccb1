// A program whose output is read as it comes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a program ended badly. */
export class ProgramFailure extends Error {
  override readonly name = 'ProgramFailure';
}

/** The end of what a program writes to stderr that is kept for messages. */
const keptErrors = 4096;

/**
 * What a program writes to stdout, in chunks; it waits while nobody reads. It is killed when the reader stops early or
 * aborts. Throws what spawning threw (ENOENT where the program is absent), ProgramFailure when it ends with an error, or
 * well after it complained of what is `fatal`, and the signal's reason.
 */
export async function* childOutput(
  program: string,
  args: readonly string[],
  { signal, fatal }: { readonly signal?: AbortSignal | undefined; readonly fatal?: RegExp } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const closed = once(child, 'close'); // rejects when it cannot be started
  closed.catch(() => undefined); // awaited below, but maybe after it failed
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + String(chunk)).slice(-keptErrors)));
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    const [code] = (await closed) as [number | null];
    signal?.throwIfAborted();
    if (code !== 0 || fatal?.test(errors))
      throw new ProgramFailure(lastLines(errors) || `${program} ended with code ${code}`);
  } finally {
    signal?.removeEventListener('abort', kill);
    kill();
    await closed.catch(() => undefined);
  }
}

/** The last two lines that say something, without the address that ffmpeg puts before them. */
const lastLines = (text: string): string =>
  text
    .split('\n')
    .map((line) =>
      line
        .replace(/^\[[^\]]*\]\s*/, '')
        .replace(/^file:.*?: /, '')
        .trim(),
    )
    .filter((line) => line !== '')
    .slice(-2)
    .join('; ');

/** All that a program writes, as text; up to `most` characters are kept, which is ample for a header. */
export async function childText(program: string, args: readonly string[], most = 1_000_000): Promise<string> {
  let text = '';
  for await (const chunk of childOutput(program, args)) if (text.length < most) text += String(chunk);
  return text;
}
