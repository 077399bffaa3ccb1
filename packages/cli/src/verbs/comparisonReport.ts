import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Model } from '@tessera/core';
import { exampleViews, reportHtml, type Comparison, type ReportContent } from '@tessera/reports';
import { evaluateSplit, RunFolder } from '@tessera/training';
import { stringify } from 'yaml';
import type { LoadedSpec, Session } from '../session.js';
import { comparisonRows, leadLine } from './compare.js';
import { openRunSplit } from './evaluate.js';

/** Writes report.html of a comparison; the reference's first seed is shown in detail. Returns its path. */
export async function writeComparisonReport(
  session: Session,
  comparison: Comparison,
  specs: readonly LoadedSpec[],
  folder: string,
): Promise<string> {
  const reference = comparison.models.find(({ name }) => name === comparison.reference);
  const run = new RunFolder(reference?.runs[0]?.folder ?? '');
  const details = await detailsOf(session, run);
  const { head, rows } = comparisonRows(comparison);
  const record = run.read();
  const content: ReportContent = {
    title: `Comparison: ${comparison.models.map(({ name }) => name).join(', ')}`,
    finding: leadLine(comparison),
    comparison: {
      head,
      rows: rows.map((cells, i) => ({ cells, best: comparison.models[i]?.name === comparison.reference })),
      note: `Figures on the test split in points of 100, mean ± standard deviation over ${reference?.runs.length ?? 0} seed(s); training: seconds of one run.`,
    },
    histories: comparison.models.flatMap(({ name, runs }) =>
      runs.map(({ seed, history }) => ({ model: name, seed, history })),
    ),
    ...details,
    facts: [
      ...Object.entries(record.versions),
      ['seeds', reference?.runs.map(({ seed }) => seed).join(', ') ?? ''],
      ['training samples per epoch', String(record.numTrainSamples)],
      ['data', JSON.stringify(withoutFolders(record.data, folder))],
    ],
    specs: specs.map(({ resolved }) => ({
      name: resolved.name,
      yaml: stringify(session.workbench.plainSpec(resolved)),
    })),
  };
  const path = join(folder, 'report.html');
  writeFileSync(path, await reportHtml(content));
  return path;
}

async function detailsOf(session: Session, run: RunFolder): Promise<Pick<ReportContent, 'evaluations' | 'examples'>> {
  const { split } = await openRunSplit(session, run, 'test', []);
  const model = (await session.workbench.load(run.path)) as unknown as Model;
  try {
    const evaluation = await evaluateSplit(session.workbench, model, split);
    const [name, head] = Object.entries(evaluation.heads)[0] ?? [];
    if (name === undefined || !head) return { evaluations: [] };
    const views = await exampleViews(model, split, name, head);
    const attention = views.some((view) => view.attention);
    return {
      evaluations: [{ title: `${model.spec.name}: ${name} by class`, table: head.table }],
      examples: {
        title: `${model.spec.name}: test samples`,
        note: `Right ones first, then the surest wrong ones.${attention ? ' Orange: where the attention of [CLS] fell in the last layer, mean over heads.' : ''}`,
        views,
      },
    };
  } finally {
    model.dispose();
  }
}

/** Origins of splits as seen from the report's folder: a report may be passed on. */
const withoutFolders = (data: unknown, folder: string): unknown =>
  JSON.parse(
    JSON.stringify(data, (_, value: unknown) =>
      typeof value === 'string' && value.startsWith('/') ? relative(folder, value) : value,
    ),
  );
