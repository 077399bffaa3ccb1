// Which models a command has to train, and in which order: `initialize` may name a spec instead of a run, and that one
// is trained first, once.
import { relative, resolve } from 'node:path';
import { isTesseraError, SpecError, type ResolvedSpec } from '@tessera/core';
import { RunFolder, type RunRecord } from '@tessera/training';
import { loadSpec, type LoadedSpec, type Session } from '../session.js';
import { parseOverride } from '../spec/overrides.js';
import { isHubLocation, isPinOf } from '@tessera/weights';
import { isSpecPath } from '../spec/specFile.js';
import { UsageError } from '../usageError.js';
import type { TrainingJob } from './trainingJob.js';

/** A job and the runs that it starts from. */
export interface PlannedJob extends TrainingJob {
  /** The plan's jobs that must be finished before, by key. */
  readonly needs: readonly string[];
  /** A finished run of the same spec and data is used again, an interrupted one gone on with, anything else replaced. */
  readonly reuse: boolean;
}

/** Where a spec and its sources of initial values go. */
export interface Placement {
  /** The run folder of a spec by name. */
  place(name: string): string;
  /** What the progress calls it; its name if left out. */
  label?(name: string): string;
  /** Changes each spec before it is trained, such as its seed. */
  adapt?(spec: ResolvedSpec): ResolvedSpec;
  /** What becomes of runs of its sources that are there. */
  readonly sources: Found;
}

/** What becomes of a run that is there: see {@link PlannedJob} and {@link TrainingJob}. */
export type Found = Pick<PlannedJob, 'reuse' | 'overwrite'>;

/** A job's key: its run folder, so that one run is never planned twice. */
export const keyOf = ({ to }: Pick<TrainingJob, 'to'>): string => resolve(to);

/** The jobs of a command in an order in which sources come first. */
export class TrainingPlan {
  private readonly planned = new Map<string, PlannedJob>();
  private readonly names = new Set<string>();

  constructor(
    private readonly session: Session,
    /** Overrides of the command line. */
    private readonly set: readonly string[],
  ) {}

  get jobs(): readonly PlannedJob[] {
    return [...this.planned.values()];
  }

  /**
   * Plans a spec and, before it, its sources.
   * @throws SpecError for specs that start from each other in a circle, and for sources that are no specs
   */
  async add(
    loaded: LoadedSpec,
    placement: Placement,
    found: Found,
    chain: readonly string[] = [],
  ): Promise<PlannedJob> {
    const path = resolve(loaded.path);
    if (chain.includes(path)) throw circleError([...chain, path]);
    const adapted = placement.adapt?.(loaded.resolved) ?? loaded.resolved;
    this.names.add(adapted.name);
    const to = placement.place(adapted.name);
    const known = this.planned.get(keyOf({ to }));
    if (known) return known;
    const { initialize, needs } = await this.addSources(adapted, loaded.folder, placement, [...chain, path]);
    const job: PlannedJob = {
      label: placement.label?.(adapted.name) ?? adapted.name,
      spec: { ...adapted, initialize },
      baseFolder: loaded.folder,
      to,
      needs,
      ...found,
    };
    this.planned.set(keyOf(job), job);
    return job;
  }

  private async addSources(
    spec: ResolvedSpec,
    folder: string,
    placement: Placement,
    chain: readonly string[],
  ): Promise<{ readonly initialize: ResolvedSpec['initialize']; readonly needs: string[] }> {
    const initialize: Record<string, ResolvedSpec['initialize'][string]> = {};
    const needs: string[] = [];
    for (const [prefix, choice] of Object.entries(spec.initialize)) {
      const path = isHubLocation(choice.from) ? choice.from : resolve(folder, choice.from);
      initialize[prefix] = { ...choice, from: path };
      if (!isSpecPath(choice.from)) continue;
      const loaded = await loadSpec(this.session.workbench, relative('', path), { set: this.set }, false);
      const source = await this.add(loaded, placement, placement.sources, chain);
      initialize[prefix] = { ...choice, from: keyOf(source) };
      needs.push(keyOf(source));
    }
    return { initialize, needs };
  }

  /** Throws UsageError for an override whose spec is not among those planned. */
  requireUsedOverrides(): void {
    const unused = this.set.map(parseOverride).find(({ spec }) => spec !== undefined && !this.names.has(spec));
    if (!unused) return;
    throw new UsageError(
      `--set: no spec has the name "${unused.spec ?? ''}", got "${unused.text}". Names here: ${[...this.names].join(', ')}.`,
    );
  }
}

const circleError = (chain: readonly string[]): SpecError =>
  new SpecError(
    `initialize: specs must not start from each other in a circle, got ${chain.map((path) => relative('', path)).join(' → ')}. Name a run in one.`,
  );

/** What a run folder holds of a job: a finished run of exactly its spec and data, one to go on with, or neither. */
export async function foundOf(job: TrainingJob, { workbench }: Session): Promise<'finished' | 'begun' | 'other'> {
  const saved = savedRun(job);
  if (!saved) return 'other';
  const plain = (spec: ResolvedSpec): string => JSON.stringify(workbench.plainSpec(spec));
  if (plain(asAsked(workbench.resolve(saved.spec), job.spec)) !== plain(job.spec)) return 'other';
  const { fingerprint } = await workbench.openData(job.spec, job.baseFolder);
  if (saved.data.fingerprint !== fingerprint) return 'other';
  return saved.status === 'finished' ? 'finished' : 'begun';
}

/** A saved spec, which names commits, with a hub's branches and tags as the job's spec names them. */
function asAsked(saved: ResolvedSpec, asked: ResolvedSpec): ResolvedSpec {
  const initialize = Object.entries(saved.initialize).map(([prefix, choice]) => {
    const from = asked.initialize[prefix]?.from;
    return [prefix, from !== undefined && isPinOf(choice.from, from) ? { ...choice, from } : choice] as const;
  });
  return { ...saved, initialize: Object.fromEntries(initialize) };
}

/** A run with a checkpoint; undefined where there is none, or a damaged one. */
function savedRun({ to }: TrainingJob): (Pick<RunRecord, 'status' | 'data'> & { readonly spec: unknown }) | undefined {
  const run = new RunFolder(to);
  if (!run.exists) return undefined;
  try {
    const { status, data } = run.read();
    const { spec, close } = run.open('last');
    close();
    return { status, data, spec };
  } catch (error) {
    if (isTesseraError(error)) return undefined;
    throw error;
  }
}
