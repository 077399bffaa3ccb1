import { defineDataset, type Split } from '@tessera/core';
import { z } from 'zod';
import { DataProblems } from '../check/dataProblems.js';
import { planFields } from '../table/fieldPlan.js';
import { checkReferencedFiles } from '../table/referencedFiles.js';
import { SampleReader, type FileReference } from '../table/sampleReader.js';
import { checkTableOptions, listSplits, rowOptions, splitOptions } from '../table/tableOptions.js';

/** Options of `inline`. */
export const inlineConfig = z
  .strictObject({
    ...splitOptions(z.array(z.record(z.string(), z.unknown())).describe('Rows: a mapping of fields to values each.')),
    ...rowOptions,
  })
  .superRefine(checkTableOptions);

/** Rows in the spec itself, for examples and tests: the spec is saved with every checkpoint. Programs pass arrays. */
export const inline = defineDataset({
  name: 'inline',
  summary: 'A few rows in the spec itself, with fields as in jsonl; paths start from the spec.',
  config: inlineConfig,
  async create(config, _services, context) {
    const plan = planFields(config, context);
    const problems = new DataProblems();
    const splits: Record<string, Split> = {};
    const references: FileReference[] = [];
    for (const { split, option, content } of listSplits(config)) {
      const origin = `${context.path}.${option}`;
      const reader = new SampleReader(plan, { split, origin, folder: context.request.baseFolder }, problems);
      content.forEach((values, index) => reader.add({ number: index + 1, values }));
      splits[split] = reader.finish();
      references.push(...reader.files.values());
    }
    await checkReferencedFiles(references, problems);
    problems.throwIfAny();
    return { splits, fingerprint: '', files: [...new Set(references.map(({ path }) => path))] };
  },
});
