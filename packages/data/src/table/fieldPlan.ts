import { SpecError, suggestName, type DatasetContext, type SpecIssue } from '@tessera/core';
import type { FieldChoice, RowOptions } from './tableOptions.js';

/** Which fields of a row make one modality's input or one head's label. */
export interface FieldRule {
  /** Name of the modality or head. */
  readonly name: string;
  readonly kind: 'modality' | 'head';
  /** `file`: text is a path. */
  readonly input: 'file' | 'value';
  /** One field, or several whose values make one list. */
  readonly fields: readonly string[];
  readonly together: boolean;
  /** Fields that training may draw instead. */
  readonly alternatives: readonly string[];
  readonly mayBeMissing: boolean;
}

/** How a row becomes a sample. */
export interface FieldPlan {
  readonly modalities: readonly FieldRule[];
  readonly heads: readonly FieldRule[];
  readonly id?: string;
  readonly groupBy?: string;
  readonly groupSeparator?: string;
}

/**
 * Lays the options over what the model asks for.
 * @throws SpecError for names that are neither modality nor head, and for a head with alternatives.
 */
export function planFields(options: RowOptions, { path, request }: DatasetContext): FieldPlan {
  const modalities = request.modalities.map(({ name }) => name);
  const issues = [
    ...unknownNames(Object.keys(options.fields), `${path}.fields`, [...modalities, ...request.heads]),
    ...(Array.isArray(options.allowMissing)
      ? unknownNames(options.allowMissing, `${path}.allowMissing`, [...modalities, ...request.heads])
      : []),
    ...request.heads.flatMap((head) =>
      Array.isArray(options.fields[head]) && !modalities.includes(head) ? [headAlternatives(path, head)] : [],
    ),
  ];
  if (issues.length > 0) throw new SpecError(issues);
  const allowed = (name: string): boolean => Array.isArray(options.allowMissing) && options.allowMissing.includes(name);
  return {
    modalities: request.modalities.map(({ name, input }) => ({
      ...splitChoice(options.fields[name] ?? name),
      name,
      kind: 'modality',
      input,
      mayBeMissing: options.allowMissing === true || allowed(name),
    })),
    heads: request.heads.map((name) => ({
      ...splitChoice(options.fields[name] ?? name),
      name,
      kind: 'head',
      input: 'value',
      mayBeMissing: allowed(name),
    })),
    ...(options.id !== undefined && { id: options.id }),
    ...(options.groupBy !== undefined && { groupBy: options.groupBy }),
    ...(options.groupSeparator !== undefined && { groupSeparator: options.groupSeparator }),
  };
}

function splitChoice(choice: FieldChoice): Pick<FieldRule, 'fields' | 'together' | 'alternatives'> {
  if (typeof choice === 'string') return { fields: [choice], together: false, alternatives: [] };
  if (!Array.isArray(choice)) return { fields: choice.together, together: true, alternatives: [] };
  return { fields: choice.slice(0, 1), together: false, alternatives: choice.slice(1) };
}

const unknownNames = (names: readonly string[], path: string, known: readonly string[]): SpecIssue[] =>
  names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: `${path}.${name}`,
      message: `must be a modality or head of this spec, got "${name}". ${suggestName(name, known)}`,
    }));

const headAlternatives = (path: string, head: string): SpecIssue => ({
  path: `${path}.fields.${head}`,
  message: 'a head reads one field, got a list of alternatives. Name one field, or { together: [...] }.',
});
