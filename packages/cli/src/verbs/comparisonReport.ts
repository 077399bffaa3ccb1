import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  comparisonTable,
  leadSentence,
  reportHtml,
  runsTable,
  type Comparison,
  type ReportContent,
  type ReportTable,
} from '@tessera/reports';
import { RunFolder } from '@tessera/training';
import { stringify } from 'yaml';
import type { LoadedSpec, Session } from '../session.js';
import { detailParts, historyNote, settingFacts } from './reportParts.js';

/** Writes report.html of a comparison; the reference's first seed is shown in detail. Returns its path. */
export async function writeComparisonReport(
  session: Session,
  comparisons: readonly [Comparison, ...Comparison[]],
  specs: readonly LoadedSpec[],
  folder: string,
): Promise<string> {
  const [comparison] = comparisons;
  const reference = comparison.models.find(({ name }) => name === comparison.reference);
  const shown = reference?.runs[0];
  const run = new RunFolder(shown?.folder ?? '');
  const record = run.read();
  const note = historyNote(record);
  const seeds = reference?.runs.map(({ seed }) => seed) ?? [];
  const name = seeds.length > 1 ? `${comparison.reference}, seed ${shown?.seed ?? ''}` : comparison.reference;
  const { evaluations, examples } = await detailParts(session, { run, name, split: comparison.split });
  const content: ReportContent = {
    title: `Comparison: ${comparison.models.map((model) => model.name).join(', ')}`,
    finding: comparisons.map(leadSentence).join(' '),
    tables: comparisons.map((one) => reportTable(one, seeds.length)),
    histories: comparison.models.flatMap((model) =>
      model.runs.map(({ seed, history, bestEpoch }) => ({
        model: model.name,
        seed,
        history,
        ...(bestEpoch !== undefined && { bestEpoch }),
      })),
    ),
    ...(note !== undefined && { historyNote: note }),
    evaluations,
    ...(examples && { examples }),
    facts: [...settingFacts(record, folder), ['seeds', seeds.join(', ')]],
    specs: specs.map(({ resolved }) => ({
      name: resolved.name,
      yaml: stringify(session.workbench.plainSpec(resolved)),
    })),
  };
  const path = join(folder, 'report.html');
  writeFileSync(path, await reportHtml(content));
  return path;
}

function reportTable(comparison: Comparison, numSeeds: number): ReportTable {
  const spread = numSeeds > 1 ? `, mean ± standard deviation over ${numSeeds} seeds` : ', one seed';
  const { footnotes, ...table } = comparisonTable(comparison);
  const { split } = comparison;
  const training = split === 'test' ? ' Training: duration of one run, without what it was initialised from.' : '';
  return {
    title: split === 'test' ? 'Comparison' : `Comparison on ${split}`,
    ...table,
    note: [
      `Figures on the ${split} split${spread}; shares are in points of 100, the best of a column is bold.${training}`,
      ...footnotes,
    ].join(' '),
    details: { summary: 'figures of each run', ...runsTable(comparison) },
  };
}
