import { fork, type ChildProcess } from 'node:child_process';
import { TrainingError } from '@tessera/core';
import type { CommandContext } from '../commandContext.js';
import type { Session, WorkbenchFlags } from '../session.js';
import type { FromWorker, ToWorker } from './jobMessages.js';
import type { JobResult, JobRunner } from './trainingJob.js';

/** Characters of a process' last words that an error quotes. */
const lastWords = 2000;

/** Trains each job in a process of its own, started from the launcher `entry`. */
export const trainInProcess =
  (context: CommandContext, session: Session, flags: WorkbenchFlags, entry: string): JobRunner =>
  (job, { signal, onEvent }) =>
    new Promise<JobResult>((resolve, reject) => {
      const child = fork(entry, ['worker'], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      const output = collectOutput(child);
      const say = (message: ToWorker): void => {
        if (child.connected) child.send(message);
      };
      const stop = (): void => say({ type: 'stop' });
      let outcome: (() => void) | undefined;
      signal.addEventListener('abort', stop);
      const kill = (): void => void child.kill('SIGKILL');
      process.once('exit', kill);
      child.on('message', (message: FromWorker) => {
        switch (message.type) {
          case 'event':
            return onEvent(message.event);
          case 'note':
            return context.terminal.note(`${job.label}: ${message.line}`);
          case 'result':
            outcome = () => resolve(message.result);
            return;
          case 'error':
            outcome = () => reject(errorOf(job.label, message));
            return;
        }
      });
      child.on('error', reject);
      child.on('close', (code, killedBy) => {
        signal.removeEventListener('abort', stop);
        process.off('exit', kill);
        if (outcome) outcome();
        else reject(new TrainingError(`${job.label}: ${diedMessage(code, killedBy)}${quoted(output.text)}`));
      });
      const flagsNow = { ...flags, backend: session.backend.name };
      say({ type: 'train', job: { ...job, spec: session.workbench.plainSpec(job.spec) }, flags: flagsNow });
      if (signal.aborted) stop();
    });

/** What a process prints, of which only the end is kept. */
function collectOutput({ stdout, stderr }: ChildProcess): { text: string } {
  const output = { text: '' };
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk: Buffer) => (output.text = (output.text + chunk.toString()).slice(-lastWords)));
  }
  return output;
}

function errorOf(label: string, { message, stack, isMistake }: Extract<FromWorker, { type: 'error' }>): Error {
  const error = isMistake ? new TrainingError(`${label}: ${message}`) : new Error(`${label}: ${message}`);
  error.stack = stack;
  return error;
}

const diedMessage = (code: number | null, killedBy: NodeJS.Signals | null): string =>
  killedBy === 'SIGKILL'
    ? 'its process was killed, most likely because memory ran out. Use fewer --jobs or a smaller batch'
    : `its process must end with a result, got ${killedBy ?? `exit code ${code ?? 'none'}`}. Use --jobs 1 to see more`;

const quoted = (text: string): string => (text.trim() ? `.\n${text.trim()}` : '.');
