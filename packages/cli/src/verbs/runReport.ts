import { formatDuration, formatFigure, formatNumberOf, type ReportContent, reportHtml } from '@tessera/reports';
import type { RunRecord, SavedRun } from '@tessera/training';
import { stringify } from 'yaml';
import type { Session } from '../session.js';
import { detailParts, historyNote, settingFacts, type Evaluated } from './reportParts.js';

/** What a run's report shows in detail. */
export interface RunReportOptions {
  /** File in the run folder. */
  readonly file: string;
  /** `test`, or `validation` where the data has no test split, if left out. */
  readonly split?: string;
  /** What is there already; loaded and evaluated if left out. */
  readonly evaluated?: Evaluated;
  /** Samples evaluated so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Writes a finished run's report into its folder and returns its path. */
export async function writeRunReport(
  session: Session,
  run: SavedRun,
  { file, ...options }: RunReportOptions,
): Promise<string> {
  const record = run.read();
  const { history, best, seed, name } = record;
  const split = options.split ?? ['test', 'validation'].find((known) => splitsOf(record).includes(known));
  const details = split === undefined ? undefined : await detailParts(session, { ...options, run, name, split });
  const note = historyNote(record);
  const saved = run.open();
  saved.close();
  const content: ReportContent = {
    title: name,
    finding: findingOf(record),
    tables: details ? [details.figures] : [],
    histories: [{ model: name, seed, history, ...(best && { bestEpoch: best.epoch }) }],
    ...(note !== undefined && { historyNote: note }),
    evaluations: details?.evaluations ?? [],
    ...(details?.examples && { examples: details.examples }),
    facts: [...settingFacts(record, run.path), ['seed', String(seed)]],
    specs: [{ name, yaml: stringify(saved.spec) }],
  };
  run.writeFile(file, await reportHtml(content));
  return run.placeOf(file);
}

const splitsOf = ({ data }: RunRecord): string[] => Object.keys(data.splits);

function findingOf({ numParameters, history, seconds, best, metric }: RunRecord): string {
  const trained = `${formatNumberOf(numParameters, 'parameter')}, trained for ${formatNumberOf(history.length, 'epoch')} in ${formatDuration(seconds)}.`;
  return best ? `${trained} Best validation ${metric}: ${formatFigure(best.value)} in epoch ${best.epoch}.` : trained;
}
