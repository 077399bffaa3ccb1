// What a command makes of the processes that it starts, with small programs in the place of the launcher.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { TrainingEvent } from '@tessera/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandContext } from '../commandContext.js';
import type { Session } from '../session.js';
import { Terminal } from '../terminal/terminal.js';
import { trainInProcess } from './trainInProcess.js';
import type { TrainingJob } from './trainingJob.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-process-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a job in a process that does as `program` says when it gets a message. */
async function runIn(program: string, options: { stopAfterEvent?: boolean } = {}) {
  const entry = join(folder, `launcher-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(
    entry,
    `const end = () => process.disconnect();\nprocess.on('message', (message) => { ${program} });\n`,
  );
  const stream = new PassThrough();
  const signals = { on: () => undefined, off: () => undefined, exit: () => undefined };
  const terminal = new Terminal({ stdin: stream, stdout: stream, stderr: stream, env: {}, signals });
  const session = { backend: { name: 'wasm' }, workbench: { plainSpec: (spec: unknown) => spec } };
  const job = { label: 'mmbt', spec: { name: 'mmbt' }, baseFolder: 'specs', to: 'runs/mmbt' };
  const events: TrainingEvent[] = [];
  const abort = new AbortController();
  const runner = trainInProcess(
    { terminal, exitCode: 0 } as CommandContext,
    session as unknown as Session,
    { plugin: ['p.ts'] },
    entry,
  );
  const result: unknown = await runner(job as unknown as TrainingJob, {
    signal: abort.signal,
    onEvent: (event) => {
      events.push(event);
      if (options.stopAfterEvent) abort.abort();
    },
  }).catch((reason: unknown) => reason);
  return { result, events, notes: String(stream.read() ?? '') };
}

const reply = (message: string): string => `process.send(${message}, end);`;

describe('a training in a process of its own', () => {
  it('gets spec, folders, backend and plugins, and gives back its result', async () => {
    const { result } = await runIn(
      reply(`{ type: 'result', result: { status: 'finished', record: { message, verb: process.argv[2] } } }`),
    );
    expect(result).toEqual({
      status: 'finished',
      record: {
        verb: 'worker',
        message: {
          type: 'train',
          job: { label: 'mmbt', spec: { name: 'mmbt' }, baseFolder: 'specs', to: 'runs/mmbt' },
          flags: { backend: 'wasm', plugin: ['p.ts'] },
        },
      },
    });
  });

  it('passes events and notes on', async () => {
    const { events, notes } = await runIn(
      `process.send({ type: 'event', event: { type: 'saved', path: 'x' } }); process.send({ type: 'note', line: 'warning: look' });
       ${reply("{ type: 'result', result: {} }")}`,
    );
    expect(events).toEqual([{ type: 'saved', path: 'x' }]);
    expect(notes).toBe('mmbt: warning: look\n');
  });

  it('is told to stop', async () => {
    const { result } = await runIn(
      `if (message.type === 'train') process.send({ type: 'event', event: { type: 'saved', path: 'x' } });
       else ${reply(`{ type: 'result', result: { status: 'interrupted' } }`)}`,
      { stopAfterEvent: true },
    );
    expect(result).toEqual({ status: 'interrupted' });
  });

  it.each([
    ['a user’s mistake', true],
    ['a defect', undefined],
  ])('fails as it failed there: %s', async (_, isMistake) => {
    const message = `{ type: 'error', message: 'no luck', stack: 'there', isMistake: ${Boolean(isMistake)} }`;
    const { result } = await runIn(reply(message));
    expect(result).toMatchObject({ message: 'mmbt: no luck', stack: 'there' });
    expect((result as { isUserError?: boolean }).isUserError).toBe(isMistake);
  });

  it.each([
    ['is killed', "process.kill(process.pid, 'SIGKILL');", /was killed, most likely because memory ran out/],
    [
      'ends early',
      "console.error('bad luck'); process.exit(3);",
      /must end with a result, got exit code 3.*\nbad luck/,
    ],
  ])('that %s is an error with its last words', async (_, program, message) => {
    const { result } = await runIn(program);
    expect(result).toMatchObject({ isUserError: true, message: expect.stringMatching(message) as unknown });
  });
});
