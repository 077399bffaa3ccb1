import { join, resolve } from 'node:path';
import { DataError } from '@tessera/core';
import type { Candidate } from '../candidate.js';
import type { ReadContext } from '../preparedSource.js';

/** The split that facebookresearch/mmbt calls so: test rows that neither picture nor text alone decides. */
const hardSplit = 'test_hard_gt';
const defaultName = 'hard_gt_ids.json';

/**
 * Repeats the test rows whose ids a file lists as a split of their own. The file is scripts/hard_gt_ids.json of
 * facebookresearch/mmbt, `{ "mmimdb": [ids], "food101": [ids] }`, or a plain list.
 * @throws DataError for a file that is named and cannot be read, or lists no test row
 */
export async function withHardSubset(
  rows: readonly Candidate[],
  { from, options, inputs }: ReadContext,
  dataset: 'mmimdb' | 'food101',
): Promise<readonly Candidate[]> {
  const path = options.hard === undefined ? join(from, defaultName) : resolve(options.hard);
  const text = await inputs.text(path);
  if (text === undefined) {
    if (options.hard === undefined) return rows;
    throw hardError(dataset, `must be a file that can be read, got hard=${path}`, 'Check the path.');
  }
  const ids = parseIds(text, dataset);
  if (!ids) {
    const rule = `must be a list of ids, or have one under "${dataset}", got hard=${path}`;
    throw hardError(dataset, rule, 'Take scripts/hard_gt_ids.json of facebookresearch/mmbt.');
  }
  const hard = rows.filter(({ split, id }) => split === 'test' && ids.has(id));
  if (hard.length === 0) {
    const rule = `must list ids of test rows, got none of its ${ids.size} from hard=${path}`;
    throw hardError(dataset, rule, 'Check that it belongs to this dataset.');
  }
  return [...rows, ...hard.map((row) => ({ ...row, split: hardSplit }))];
}

function parseIds(text: string, dataset: string): ReadonlySet<string> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list: unknown = Array.isArray(value) ? value : (value as Record<string, unknown> | null)?.[dataset];
  return Array.isArray(list) && list.every((id) => typeof id === 'string') ? new Set(list) : undefined;
}

const hardError = (dataset: string, rule: string, advice: string): DataError =>
  new DataError(`${dataset}: the list of hard test rows ${rule}. ${advice}`);
