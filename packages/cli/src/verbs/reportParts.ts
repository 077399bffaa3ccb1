// What the reports of a run and of a comparison have in common.
import { relative, isAbsolute } from 'node:path';
import type { Model } from '@tessera/core';
import { choiceInWords, exampleViews, type ReportContent } from '@tessera/reports';
import { evaluateSplit, type Evaluation, type RunFolder, type RunRecord } from '@tessera/training';
import type { Session } from '../session.js';
import { formatNumberOf } from '../terminal/format.js';
import { openRunSplit } from './evaluate.js';

/** An evaluation of a run to show in detail. */
export interface RunDetails {
  readonly run: RunFolder;
  /** How the run is called in headings. */
  readonly name: string;
  readonly split: string;
  /** Made anew if left out. */
  readonly evaluation?: Evaluation;
  /** Overrides of the run's spec. */
  readonly set?: readonly string[];
}

/** Every head by class and, for the first one, samples with the run's predictions. */
export async function detailParts(
  session: Session,
  { run, name, split: splitName, evaluation: given, set = [] }: RunDetails,
): Promise<Pick<ReportContent, 'evaluations' | 'examples'>> {
  const { split } = await openRunSplit(session, run, splitName, set);
  const model = (await session.workbench.load(run.path)) as unknown as Model;
  try {
    const evaluation = given ?? (await evaluateSplit(session.workbench, model, split));
    const heads = Object.entries(evaluation.heads);
    const [first] = heads;
    return {
      evaluations: heads.map(([head, { table }]) => ({ title: `${name}: head ${head}, split ${splitName}`, table })),
      ...(first && {
        examples: {
          title: `${name}: samples of split ${splitName}${heads.length > 1 ? `, head ${first[0]}` : ''}`,
          note: choiceInWords(first[1].table),
          views: await exampleViews(model, split, first[1]),
        },
      }),
    };
  } finally {
    model.dispose();
  }
}

/** What a run was trained on and with. Paths are shown as seen from the report's folder: a report may be passed on. */
export function settingFacts(record: RunRecord, folder: string): [string, string][] {
  const data = record.data as {
    readonly fingerprint?: string;
    readonly splits?: Readonly<Record<string, { readonly length: number; readonly origin: string }>>;
  };
  const place = (origin: string): string => (isAbsolute(origin) ? relative(folder, origin) : origin);
  return [
    ...Object.entries(record.versions),
    ['training samples per epoch', String(record.numTrainSamples)],
    ...Object.entries(data.splits ?? {}).map(([split, { length, origin }]): [string, string] => [
      `data: ${split}`,
      `${formatNumberOf(length, 'row')}, ${place(origin)}`,
    ]),
    ...(data.fingerprint ? [['data: fingerprint', data.fingerprint.slice(0, 12)] as [string, string]] : []),
  ];
}

/** What is marked in a run's curves, and which epoch counts. */
export const historyNote = ({ best, metric, keep }: RunRecord): string | undefined =>
  best &&
  `Ring: the epoch with the best validation ${metric}; the model evaluated is that of the ${keep === 'best' ? 'ring' : 'last epoch'}.`;
