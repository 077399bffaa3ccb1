// Order, number at a time, stopping and failing, with a runner that only pretends to train.
import { PassThrough } from 'node:stream';
import { EventEmitter } from 'node:events';
import { DataError } from '@tessera/core';
import type { RunRecord } from '@tessera/training';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../commandContext.js';
import type { Session } from '../session.js';
import { Terminal } from '../terminal/terminal.js';
import { InterruptedError } from './interruption.js';
import { runJobs } from './runJobs.js';
import type { JobRunner } from './trainingJob.js';
import { keyOf, type PlannedJob } from './trainingPlan.js';

const job = (label: string, ...needs: string[]): PlannedJob => ({
  label,
  to: `runs/${label}`,
  needs: needs.map((name) => keyOf({ to: `runs/${name}` })),
  reuse: false,
  spec: {} as PlannedJob['spec'],
  baseFolder: '.',
});
const record: Pick<RunRecord, 'history' | 'checkpoints' | 'metric' | 'seconds'> = {
  history: [],
  checkpoints: { last: 'epoch-0001' },
  metric: 'loss',
  seconds: 1,
};

/** Runs jobs; `act` is what happens while a job of a name runs. */
async function run(
  jobs: readonly PlannedJob[],
  parallel: number,
  act: (name: string, interrupt: () => void) => Promise<void> | void = () => undefined,
) {
  const signals = new EventEmitter();
  const log: string[] = [];
  let [running, most] = [0, 0];
  const runner: JobRunner = async ({ label }, { signal }) => {
    log.push(`start ${label}`);
    most = Math.max(most, (running += 1));
    try {
      await act(label, () => signals.emit('SIGINT'));
      await new Promise((resolve) => setTimeout(resolve, 5));
      const status = signal.aborted ? 'interrupted' : 'finished';
      log.push(`${status} ${label}`);
      return { status, record: record as RunRecord };
    } finally {
      running -= 1;
    }
  };
  const stream = new PassThrough();
  const context: CommandContext = {
    terminal: new Terminal({
      ...{ stdin: stream, stdout: stream, stderr: stream, env: {} },
      signals: {
        on: (name, handler) => void signals.on(name, handler),
        off: (name, handler) => void signals.off(name, handler),
        exit: () => undefined,
      },
    }),
    exitCode: 0,
  };
  const error: unknown = await runJobs(context, {} as Session, jobs, { runner, parallel, epochLines: false }).catch(
    (reason: unknown) => reason,
  );
  return { log, most, error, listeners: signals.listenerCount('SIGINT'), printed: String(stream.read() ?? '') };
}

describe('jobs', () => {
  it('run one after the other in their order', async () => {
    const { log, most } = await run([job('a'), job('b'), job('c')], 1);
    expect(log).toEqual(['start a', 'finished a', 'start b', 'finished b', 'start c', 'finished c']);
    expect(most).toBe(1);
  });

  it('run as many at a time as allowed', async () => {
    const { most, log, printed } = await run(
      ['a', 'b', 'c', 'd', 'e'].map((name) => job(name)),
      3,
    );
    expect(most).toBe(3);
    expect(log).toHaveLength(10);
    expect(printed).toContain('3 trainings at a time');
    expect(printed).toMatch(/e: 0 epochs in 1\.0 s/);
  });

  it('wait for those that they need, while others go on', async () => {
    const jobs = [job('source'), job('mmbt', 'source'), job('concat', 'source'), job('text')];
    const { log } = await run(jobs, 4);
    expect(log.slice(0, 2)).toEqual(['start source', 'start text']);
    for (const name of ['mmbt', 'concat']) {
      expect(log.indexOf(`start ${name}`)).toBeGreaterThan(log.indexOf('finished source'));
    }
  });
});

describe('an interruption', () => {
  it('stops those that run, starts no further one and takes its handlers away', async () => {
    const jobs = ['a', 'b', 'c', 'd'].map((name) => job(name));
    const { log, error, listeners } = await run(jobs, 2, (name, interrupt) => (name === 'b' ? interrupt() : undefined));
    expect(error).toBeInstanceOf(InterruptedError);
    expect(log.filter((line) => line.startsWith('interrupted'))).toHaveLength(2);
    expect(log).not.toContain('start c');
    expect(listeners).toBe(0);
  });
});

describe('an error', () => {
  it('stops the others, which save, and is the one that is told', async () => {
    const jobs = [job('a'), job('b'), job('c')];
    const { log, error } = await run(jobs, 2, (name) => {
      if (name === 'a') throw new DataError('a: broken picture');
    });
    expect(error).toMatchObject({ message: 'a: broken picture' });
    expect(log).toEqual(['start a', 'start b', 'interrupted b']);
  });
});
