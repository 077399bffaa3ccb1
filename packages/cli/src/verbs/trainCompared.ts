import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import type { ResolvedSpec } from '@tessera/core';
import type { CommandContext } from '../commandContext.js';
import type { LoadedSpec, Session } from '../session.js';
import { InterruptedError } from '../training/interruption.js';
import { runJobs } from '../training/runJobs.js';
import { trainHere } from '../training/trainHere.js';
import { trainInProcess } from '../training/trainInProcess.js';
import { TrainingPlan } from '../training/trainingPlan.js';
import type { CompareFlags } from './compareFlags.js';

/** Trains what is not there yet: every spec with every seed, and once what they start from. */
export async function trainCompared(
  context: CommandContext,
  session: Session,
  specs: readonly LoadedSpec[],
  flags: CompareFlags,
): Promise<void> {
  const plan = new TrainingPlan(session, flags.set);
  const found = flags.overwrite ? { reuse: false, overwrite: true } : { reuse: true };
  for (const seed of flags.seeds) {
    const placement = {
      place: (name: string) => runOf(flags, name, seed),
      label: (name: string) => (flags.seeds.length > 1 ? `${name} seed ${seed}` : name),
      adapt: (spec: ResolvedSpec): ResolvedSpec => ({ ...spec, training: { ...spec.training, seed } }),
      sources: found,
    };
    for (const spec of specs) await plan.add(spec, placement, found);
  }
  plan.requireUsedOverrides();
  const parallel = Math.min(plan.jobs.length, parallelJobs(context, session, flags));
  const threads = flags.threads ?? Math.max(1, Math.floor(session.backend.threads / parallel));
  const runner =
    parallel > 1 && context.entry !== undefined
      ? trainInProcess(context, session, { ...flags, threads }, context.entry)
      : trainHere(session);
  try {
    await runJobs(context, session, plan.jobs, {
      runner,
      parallel,
      threads: session.backend.threads > 1 ? threads : 1,
      epochLines: !context.terminal.isInteractive,
    });
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError(
      `${error.message}\nThe same command${flags.overwrite ? ' without --overwrite' : ''} goes on.`,
    );
  }
}

/** The run folder of a model and seed. */
export const runOf = ({ to }: CompareFlags, name: string, seed: number): string => join(to, name, `seed-${seed}`);

/** Memory that one training may need, for the choice of how many run at a time. */
const bytesOfJob = 2 * 1024 ** 3;

/** As many as asked for; else one for each core where a training keeps one core busy, as far as memory goes. */
function parallelJobs({ entry }: CommandContext, { backend }: Session, { jobs }: CompareFlags): number {
  if (entry === undefined) return 1;
  if (jobs !== undefined) return jobs;
  if (backend.name !== 'wasm' && backend.name !== 'cpu') return 1;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / bytesOfJob)));
}
