// Finished runs of compared models, evaluated on every test split of their data.
import type { Model, PublishedRow, Split } from '@tessera/core';
import { sampleScores, type ComparedModel, type ComparedRun } from '@tessera/reports';
import { evaluateSplit, flatFigures, RunFolder } from '@tessera/training';
import type { CommandContext } from '../commandContext.js';
import type { LoadedSpec, Session } from '../session.js';
import { Progress } from '../terminal/progress.js';
import type { CompareFlags } from './compareFlags.js';
import { openRunSplits } from './openRunSplit.js';
import { runOf } from './trainCompared.js';

/** A model's runs by the split that they were evaluated on. */
export class ReadModel {
  constructor(
    private readonly about: Omit<ComparedModel, 'runs'>,
    private readonly runs: readonly ReadonlyMap<string, ComparedRun>[],
  ) {}

  /** Names of the splits: `test` and further ones. */
  get splits(): readonly string[] {
    return [...(this.runs[0]?.keys() ?? [])];
  }

  /** The model as it did on one split. */
  on(split: string): ComparedModel {
    return { ...this.about, runs: this.runs.flatMap((run) => run.get(split) ?? []) };
  }
}

/** Evaluates the kept models of all runs. */
export async function readComparedModels(
  { terminal }: CommandContext,
  session: Session,
  specs: readonly LoadedSpec[],
  flags: CompareFlags,
): Promise<ReadModel[]> {
  const models: ReadModel[] = [];
  const progress = new Progress(terminal);
  const bar = progress.bar('evaluating');
  const total = specs.length * flags.seeds.length;
  let done = 0;
  try {
    for (const { resolved } of specs) {
      const { name, published } = resolved;
      const runs: ReadonlyMap<string, ComparedRun>[] = [];
      for (const seed of flags.seeds) {
        const onProgress = (share: number): void => bar.update(done + share, total, [{ text: `${name} seed ${seed}` }]);
        runs.push(await readRun(session, flags, { name, seed, onProgress }));
        done += 1;
      }
      models.push(new ReadModel(aboutOf(name, runOf(flags, name, flags.seeds[0] ?? 1), published), runs));
    }
  } finally {
    progress.close();
  }
  return models;
}

const aboutOf = (name: string, folder: string, published: PublishedRow | undefined): Omit<ComparedModel, 'runs'> => ({
  name,
  numParameters: new RunFolder(folder).read().numParameters,
  ...(published && { published }),
});

/** What the other splits are for is training and selection. */
const noTestSplits: readonly string[] = ['train', 'validation'];

/** A run to evaluate; `onProgress` is told the share of it that is done. */
interface RunRequest {
  readonly name: string;
  readonly seed: number;
  onProgress(share: number): void;
}

async function readRun(
  session: Session,
  flags: CompareFlags,
  { name, seed, onProgress }: RunRequest,
): Promise<ReadonlyMap<string, ComparedRun>> {
  const folder = runOf(flags, name, seed);
  const run = new RunFolder(folder);
  const { splits, found } = await openRunSplits(session, run, flags.split ?? 'test', []);
  const tests =
    flags.split === undefined
      ? Object.entries(splits).filter(([split]) => !noTestSplits.includes(split))
      : [[flags.split, found] as const];
  const model = (await session.workbench.load(folder)) as never as Model;
  try {
    const read = new Map<string, ComparedRun>();
    for (const [i, [on, split]] of tests.entries()) {
      const tell = (done: number): void => onProgress((i + done / Math.max(1, split.length)) / tests.length);
      read.set(on, await evaluateRun(session, model, run, { seed, split, onProgress: tell }));
    }
    return read;
  } finally {
    model.dispose();
  }
}

async function evaluateRun(
  { workbench }: Session,
  model: Model,
  run: RunFolder,
  { seed, split, onProgress }: { readonly seed: number; readonly split: Split; onProgress(done: number): void },
): Promise<ComparedRun> {
  const evaluation = await evaluateSplit(workbench, model, split, onProgress);
  const first = Object.values(evaluation.heads)[0];
  const { history, best, seconds } = run.read();
  return {
    seed,
    folder: run.path,
    history,
    ...(best && { bestEpoch: best.epoch }),
    seconds,
    targetKinds: Object.fromEntries(
      Object.entries(evaluation.heads).map(([head, { table }]) => [head, table.targetKind]),
    ),
    figures: flatFigures(evaluation),
    ids: first?.ids ?? [],
    scores: first ? sampleScores(first.table) : [],
  };
}
