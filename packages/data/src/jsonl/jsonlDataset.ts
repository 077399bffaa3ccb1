import { defineDataset } from '@tessera/core';
import { z } from 'zod';
import { planFields } from '../table/fieldPlan.js';
import { openTables } from '../table/openTables.js';
import { checkTableOptions, listSplits, rowOptions, splitOptions } from '../table/tableOptions.js';
import { jsonlRows } from './jsonlRows.js';

/** Options of `jsonl`. */
export const jsonlConfig = z
  .strictObject({
    ...splitOptions(z.string().min(1).describe('A JSON Lines file, relative to the spec.')),
    ...rowOptions,
  })
  .superRefine(checkTableOptions);

/** Samples in JSON Lines files: one object on each line, one field for each modality and head. */
export const jsonl = defineDataset({
  name: 'jsonl',
  summary: 'JSON Lines files: a field for each modality and label; paths start from the file.',
  config: jsonlConfig,
  create: (config, _services, context) =>
    openTables({ files: listSplits(config), plan: planFields(config, context), context, parse: jsonlRows }),
});
