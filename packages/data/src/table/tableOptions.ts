// Options that every dataset made of rows has: which splits there are, and which field of a row is what.
import { z } from 'zod';

const fieldName = z.string().min(1);

/** Where a modality's or head's value stands in a row. */
export const fieldChoice = z.union([
  fieldName,
  z.array(fieldName).min(1),
  z.strictObject({ together: z.array(fieldName).min(2).describe('Fields whose values make one list.') }),
]);

/** Parsed {@link fieldChoice}. */
export type FieldChoice = z.output<typeof fieldChoice>;

/** Splits by name; `content` says what one is: a file, or rows. */
export const splitOptions = <TContent extends z.ZodType>(
  content: TContent,
): Record<'train' | 'validation' | 'test', z.ZodOptional<TContent>> & {
  splits: z.ZodDefault<z.ZodRecord<z.ZodString, TContent>>;
} => ({
  train: content.optional().describe('The split that is trained on.'),
  validation: content.optional().describe('The split that selects the model.'),
  test: content.optional().describe('The split that is evaluated at the end.'),
  splits: z.record(z.string().min(1), content).default({}).describe('Further splits by name, such as a hard test set.'),
});

/** What the fields of a row mean. */
export const rowOptions = {
  fields: z
    .record(z.string(), fieldChoice)
    .default({})
    .describe(
      'Field by modality or head; the same name if left out. A list names the field and alternatives that training may ' +
        'draw instead; { together: [a, b] } makes a list of several fields.',
    ),
  id: fieldName.optional().describe('Field that identifies a row in predictions and reports; its number if left out.'),
  groupBy: fieldName.optional().describe('Field of the group: an epoch takes one row of each group.'),
  groupSeparator: z.string().min(1).optional().describe('The group is the text of groupBy up to this separator.'),
  allowMissing: z
    .union([z.boolean(), z.array(z.string())])
    .default(false)
    .describe('Modalities and heads that a row may lack; true for all modalities. One must be there.'),
};

/** Parsed {@link rowOptions}. */
export type RowOptions = z.output<z.ZodObject<typeof rowOptions>>;

const standardSplits = ['train', 'validation', 'test'] as const;

/** Splits as an options object has them. */
export interface GivenSplits<TContent> {
  readonly train?: TContent | undefined;
  readonly validation?: TContent | undefined;
  readonly test?: TContent | undefined;
  readonly splits: Readonly<Record<string, TContent>>;
}

/** One split as the options name it. */
export interface NamedSplit<TContent> {
  readonly split: string;
  /** The option that names it: `train`, `splits.hard`. */
  readonly option: string;
  readonly content: TContent;
}

/** All splits given, the standard ones first. */
export function listSplits<TContent>(given: GivenSplits<TContent>): NamedSplit<TContent>[] {
  const standard = standardSplits.flatMap((split): NamedSplit<TContent>[] => {
    const content = given[split];
    return content === undefined ? [] : [{ split, option: split, content }];
  });
  const further = Object.entries(given.splits);
  return [...standard, ...further.map(([split, content]) => ({ split, option: `splits.${split}`, content }))];
}

/** Rules between options of one dataset; for `superRefine` of its schema. */
export function checkTableOptions(
  options: GivenSplits<unknown> & Pick<RowOptions, 'groupBy' | 'groupSeparator'>,
  context: { addIssue(issue: { code: 'custom'; message: string; path: string[] }): void },
): void {
  const issue = (path: string[], message: string): void => context.addIssue({ code: 'custom', message, path });
  if (listSplits(options).length === 0) issue([], 'must name at least one split: train, validation, test or splits');
  for (const name of standardSplits) {
    if (options[name] !== undefined && name in options.splits) {
      issue(['splits', name], `names a split that data.${name} names already. Keep one of them`);
    }
  }
  if (options.groupSeparator !== undefined && options.groupBy === undefined) {
    issue(['groupSeparator'], 'needs groupBy, the field that it splits');
  }
}
