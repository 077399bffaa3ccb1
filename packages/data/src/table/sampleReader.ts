import { resolve } from 'node:path';
import { showValue, suggestName, type Sample, type Split } from '@tessera/core';
import type { DataProblems } from '../check/dataProblems.js';
import { arraySplit } from './arraySplit.js';
import type { FieldPlan, FieldRule } from './fieldPlan.js';

/** A row as the file has it: its number, as an editor or a spreadsheet counts, and its fields. */
export interface TableRow {
  readonly number: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The table that rows come from. */
export interface TableSource {
  /** Name of the split. */
  readonly split: string;
  /** Name of the file, for messages. */
  readonly origin: string;
  /** Folder that paths in the rows start from. */
  readonly folder: string;
}

/** Where the file that a row names is expected. */
export interface FileReference {
  /** Absolute path. */
  readonly path: string;
  /** The row and field that name it first: `train.jsonl, row 3, field "image"`. */
  readonly where: string;
}

/** Turns the rows of one split into samples; faults are added to the problems and the row is left out. */
export class SampleReader {
  /** Files that the rows name, by absolute path. */
  readonly files = new Map<string, FileReference>();
  private readonly samples: Sample[] = [];
  private readonly rowById = new Map<string, number>();
  private readonly unseenAlternatives: Set<string>;
  private readonly wantsLabels: boolean;
  private numRows = 0;
  private someFields: readonly string[] = [];

  constructor(
    private readonly plan: FieldPlan,
    private readonly table: TableSource,
    private readonly problems: DataProblems,
  ) {
    this.wantsLabels = table.split === 'train' || table.split === 'validation';
    this.unseenAlternatives = new Set(plan.modalities.flatMap(({ alternatives }) => alternatives));
  }

  /** Reads one row. */
  add(row: TableRow): void {
    this.numRows += 1;
    if (this.numRows === 1) this.someFields = Object.keys(row.values);
    const before = this.problems.count;
    const origin = `${this.table.origin}, row ${row.number}`;
    const inputs = this.readAll(this.plan.modalities, row, origin);
    const targets = this.readAll(this.plan.heads, row, origin);
    const alternatives = this.readAlternatives(row, origin);
    const id = this.readId(row, origin);
    const group = this.readGroup(row, origin);
    this.requireSome(inputs, this.plan.modalities, origin, before);
    if (this.wantsLabels) this.requireSome(targets, this.plan.heads, origin, before);
    if (this.problems.count > before) return;
    this.samples.push({
      id,
      inputs,
      targets,
      origin,
      ...(alternatives && { alternatives }),
      ...(group !== undefined && { group }),
    });
  }

  /** The split, once all rows are in. */
  finish(): Split {
    const { split, origin } = this.table;
    if (this.numRows === 0) {
      this.problems.add(`${origin}: must hold at least one row, got none`, {
        advice: `Fill the file, or leave the split "${split}" out.`,
      });
    } else if (split === 'train') {
      for (const field of this.unseenAlternatives) {
        this.problems.add(
          `${origin}, field "${field}": must be in some row to serve as an alternative, got it in none of ${this.numRows}`,
          { advice: suggestName(field, this.someFields) },
        );
      }
    }
    return arraySplit(split, origin, this.samples);
  }

  private readAll(rules: readonly FieldRule[], row: TableRow, origin: string): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const rule of rules) {
      const absent = rule.fields.find((field) => fieldOf(row, field) === undefined);
      if (absent !== undefined) {
        if (!this.mayLack(rule)) this.reportMissing(rule, absent, row, origin);
        continue;
      }
      const given = rule.fields.map((field) => this.located(rule, field, fieldOf(row, field), origin));
      values[rule.name] = rule.together ? given : given[0];
    }
    return values;
  }

  private readAlternatives(row: TableRow, origin: string): Record<string, unknown[]> | undefined {
    let found: Record<string, unknown[]> | undefined;
    for (const rule of this.plan.modalities) {
      for (const field of rule.alternatives) {
        const value = fieldOf(row, field);
        if (value === undefined) continue;
        this.unseenAlternatives.delete(field);
        found ??= {};
        (found[rule.name] ??= []).push(this.located(rule, field, value, origin));
      }
    }
    return found;
  }

  /** A value with its paths made absolute and noted. */
  private located(rule: FieldRule, field: string, value: unknown, origin: string): unknown {
    if (rule.input !== 'file') return value;
    if (Array.isArray(value)) return value.map((entry: unknown) => this.located(rule, field, entry, origin));
    if (typeof value !== 'string') return value;
    const path = resolve(this.table.folder, value);
    if (!this.files.has(path)) this.files.set(path, { path, where: `${origin}, field "${field}"` });
    return path;
  }

  private readId(row: TableRow, origin: string): string {
    if (this.plan.id === undefined) return `${this.table.split}:${row.number}`;
    const id = this.readKey(this.plan.id, 'id', row, origin);
    const taken = this.rowById.get(id);
    if (taken !== undefined) {
      this.problems.add(
        `${origin}, field "${this.plan.id}": an id may stand once in a split, got ${showValue(id)}, as row ${taken} has it`,
        { advice: 'Make ids unique, or leave data.id out.' },
      );
    }
    this.rowById.set(id, row.number);
    return id;
  }

  private readGroup(row: TableRow, origin: string): string | undefined {
    const { groupBy, groupSeparator } = this.plan;
    if (groupBy === undefined) return undefined;
    if (this.table.split !== 'train' && fieldOf(row, groupBy) === undefined) return undefined;
    const value = this.readKey(groupBy, 'groupBy', row, origin);
    return groupSeparator === undefined ? value : value.split(groupSeparator, 1)[0];
  }

  private readKey(field: string, option: string, row: TableRow, origin: string): string {
    const value = fieldOf(row, field);
    if (typeof value !== 'string' && typeof value !== 'number') {
      this.problems.add(
        `${origin}, field "${field}": data.${option} needs text or a number, got ${showValue(value ?? null)}`,
        { advice: value === undefined ? suggestName(field, Object.keys(row.values)) : '' },
      );
    }
    return String(value);
  }

  private mayLack(rule: FieldRule): boolean {
    return rule.mayBeMissing || (rule.kind === 'head' && !this.wantsLabels);
  }

  private reportMissing(rule: FieldRule, field: string, row: TableRow, origin: string): void {
    const isNull = Object.hasOwn(row.values, field);
    const fields = suggestName(field, Object.keys(row.values).slice(0, 20)).replace('Known:', 'Fields of the row:');
    const hint = isNull ? 'Fill it in.' : fields;
    this.problems.add(
      `${origin}, field "${field}": is required for ${rule.kind} "${rule.name}", got ${isNull ? 'an empty one' : 'none'}`,
      {
        advice:
          `${hint} Name another field with data.fields.${rule.name}, ` +
          `or let rows lack it with data.allowMissing: [${rule.name}].`,
      },
    );
  }

  private requireSome(
    values: Readonly<Record<string, unknown>>,
    rules: readonly FieldRule[],
    origin: string,
    before: number,
  ): void {
    if (Object.keys(values).length > 0 || rules.length === 0 || this.problems.count > before) return;
    const [first] = rules;
    const fields = rules.flatMap((rule) => rule.fields).join(', ');
    this.problems.add(`${origin}: must have at least one ${first?.kind}, got none of the fields ${fields}`, {
      advice: 'Fill one in, or leave the row out.',
    });
  }
}

/** A field's value; undefined where it is absent or null. */
function fieldOf(row: TableRow, field: string): unknown {
  return Object.hasOwn(row.values, field) ? (row.values[field] ?? undefined) : undefined;
}
