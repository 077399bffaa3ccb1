import { defineDataset, SpecError, suggestName } from '@tessera/core';
import { z } from 'zod';
import { planFields, type FieldPlan } from '../table/fieldPlan.js';
import { openTables } from '../table/openTables.js';
import { checkTableOptions, listSplits, rowOptions, splitOptions } from '../table/tableOptions.js';
import { csvRows, type CellRules } from './csvRows.js';

/** Options of `csv`. */
export const csvConfig = z
  .strictObject({
    ...splitOptions(z.string().min(1).describe('A CSV file with a header row, relative to the spec.')),
    ...rowOptions,
    delimiter: z.string().min(1).default(',').describe('What stands between cells; "\\t" for tab-separated files.'),
    labelSeparator: z
      .union([z.string().min(1), z.record(z.string(), z.string().min(1))])
      .optional()
      .describe('Makes lists of labels: what stands between them in a cell, for all heads or by head.'),
    numbers: z.array(z.string().min(1)).default([]).describe('Columns whose cells are numbers; all others are text.'),
  })
  .superRefine(checkTableOptions);

/** Parsed options of `csv`. */
export type CsvConfig = z.output<typeof csvConfig>;

/** Samples in CSV files with a header row: one column for each modality and head. */
export const csv = defineDataset({
  name: 'csv',
  summary: 'CSV files with a header row: a column for each modality and label; paths start from the file.',
  config: csvConfig,
  create(config, _services, context) {
    const plan = planFields(config, context);
    const rules = cellRules(config, plan, context.path);
    return openTables({
      files: listSplits(config),
      plan,
      context,
      parse: (bytes, origin, problems) => csvRows(bytes, origin, problems, rules),
    });
  },
});

function cellRules(config: CsvConfig, { heads }: FieldPlan, path: string): CellRules {
  const { delimiter, numbers, labelSeparator = {} } = config;
  const names = heads.map(({ name }) => name);
  const byHead =
    typeof labelSeparator === 'string'
      ? Object.fromEntries(names.map((name) => [name, labelSeparator]))
      : labelSeparator;
  const separators = Object.entries(byHead).flatMap(([name, separator]) => {
    const head = heads.find((rule) => rule.name === name);
    if (head) return head.fields.map((field): [string, string] => [field, separator]);
    throw new SpecError([
      {
        path: `${path}.labelSeparator.${name}`,
        message: `must be a head of this spec, got "${name}". ${suggestName(name, names)}`,
      },
    ]);
  });
  return { delimiter, numbers, separators: new Map(separators) };
}
