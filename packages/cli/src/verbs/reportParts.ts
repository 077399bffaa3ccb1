// What the reports of a run and of a comparison have in common.
import { relative, isAbsolute } from 'node:path';
import type { Model, Split } from '@tessera/core';
import {
  choiceInWords,
  exampleViews,
  formatFigure,
  formatNumberOf,
  type ReportContent,
  type ReportTable,
} from '@tessera/reports';
import { evaluateSplit, flatFigures, type Evaluation, type RunRecord, type SavedRun } from '@tessera/training';
import type { Session } from '../session.js';
import { openRunSplit } from './openRunSplit.js';

/** An evaluation of a run to show in detail. */
export interface RunDetails {
  readonly run: SavedRun;
  /** How the run is called in headings. */
  readonly name: string;
  readonly split: string;
  /** What is there already; loaded and evaluated if left out. */
  readonly evaluated?: Evaluated;
  /** Samples evaluated so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** An evaluation with what it is of. */
export interface Evaluated {
  readonly model: Model;
  readonly split: Split;
  readonly evaluation: Evaluation;
}

/** What a report shows of an evaluation. */
export interface DetailParts extends Pick<ReportContent, 'evaluations' | 'examples'> {
  readonly figures: ReportTable;
}

/** Figures, every head by class and, for the first one, samples with the run's predictions. */
export async function detailParts(
  session: Session,
  { run, name, split, evaluated, onProgress }: RunDetails,
): Promise<DetailParts> {
  if (evaluated) return partsOf(name, evaluated);
  const opened = await openRunSplit(session, run, split, []);
  const model = (await session.workbench.load(run.path)) as unknown as Model;
  try {
    const evaluation = await evaluateSplit(session.workbench, model, opened.split, (done) =>
      onProgress?.(done, opened.split.length),
    );
    return await partsOf(name, { model, split: opened.split, evaluation });
  } finally {
    model.dispose();
  }
}

async function partsOf(name: string, { model, split, evaluation }: Evaluated): Promise<DetailParts> {
  const heads = Object.entries(evaluation.heads);
  const [first] = heads;
  return {
    figures: figuresTable(split.name, evaluation),
    evaluations: heads.map(([head, { table }]) => ({ title: `${name}: head ${head}, split ${split.name}`, table })),
    ...(first && {
      examples: {
        title: `${name}: samples of split ${split.name}${heads.length > 1 ? `, head ${first[0]}` : ''}`,
        note: choiceInWords(first[1].table),
        views: await exampleViews(model, split, first[1]),
      },
    }),
  };
}

const figuresTable = (split: string, evaluation: Evaluation): ReportTable => ({
  title: `Figures on split ${split}`,
  head: ['figure', 'value'],
  rows: Object.entries(flatFigures(evaluation)).map(([name, value]) => [name, formatFigure(value)]),
  best: [],
  note: `Of ${formatNumberOf(evaluation.numSamples, 'sample')}.`,
});

/** What a run was trained on and with. Paths are shown as seen from the report's folder: a report may be passed on. */
export function settingFacts(record: RunRecord, folder: string): [string, string][] {
  const { data } = record;
  const place = (origin: string): string => (isAbsolute(origin) ? relative(folder, origin) : origin);
  return [
    ...Object.entries(record.versions),
    ['training samples per epoch', String(record.numTrainSamples)],
    ...Object.entries(data.splits).map(([split, { length, origin }]): [string, string] => [
      `data: ${split}`,
      `${formatNumberOf(length, 'row')}, ${place(origin)}`,
    ]),
    ...(data.fingerprint ? [['data: fingerprint', data.fingerprint.slice(0, 12)] as [string, string]] : []),
    ...(data.files
      ? [
          ['data: files', `${data.files.count}, listed in data.sha256 (${data.files.sha256.slice(0, 12)})`] as [
            string,
            string,
          ],
        ]
      : []),
  ];
}

/** What is marked in a run's curves, and which epoch counts. */
export const historyNote = ({ best, metric, keep }: RunRecord): string | undefined =>
  best &&
  `Ring: the epoch with the best validation ${metric}; the model evaluated is that of the ${keep === 'best' ? 'ring' : 'last epoch'}.`;
